import TimeSeries

extension HistogramWindows {
    /// Whether the counter was reset before each histogram.
    var foundResets: [Bool] {
        series.histograms.indices.map { place in
            place > 0
                && (StartTimestamps.isReset(series.histogramStart(place - 1), series.histogramStart(place))
                    || series.histograms[place].value.wasReset(since: series.histograms[place - 1].value))
        }
    }

    /// `rate`, `increase` and `delta` of a window that has histograms only.
    func rate(_ places: Places, _ resets: [Bool]) throws -> FloatHistogram? {
        let range = places.histograms
        let first = series.histograms[range.lowerBound].value
        let isCounter = function != .delta
        var span = CounterSpan(times: series.histogramTimes, range: range, start: places.start, end: places.end)
        var result = first
        if range.count > 1 {
            guard let difference = difference(range, resets) else { return nil }
            result = difference
            result.hint = .gauge
            result.compact()
        }
        if isCounter, span.begin(at: series.histogramStart(range.lowerBound).start) {
            if range.count > 1, !add(first, to: &result) { return nil }
        } else if range.count < 2 {
            return nil
        } else if isCounter, evaluation.options.compatibility == .prometheus3, result.count > 0, first.count >= 0 {
            // Prometheus 2 knows the limit for numbers only.
            span.limitToZero(first: first.count, difference: result.count)
        }
        let factor = span.factor
        result.multiply(by: function == .rate ? factor / (Double(argument.rangeMillis) / 1000) : factor)
        return result
    }

    private func remarkOverlap(_ range: Range<Int>) {
        if series.histogramStarts.isEmpty { return }
        if range.dropFirst().contains(where: {
            StartTimestamps.overlaps(series.histogramStart($0 - 1), series.histogramStart($0))
        }) {
            evaluation.remarkOverlap(name, call.source)
        }
    }

    private func add(_ first: FloatHistogram, to result: inout FloatHistogram) -> Bool {
        do {
            remarkReconciled(try result.add(first), "addition")
            return true
        } catch {
            warn(Evaluation.mixedSchemas(name))
            return false
        }
    }

    /// The last histogram less the first, plus what was counted before each reset.
    private func difference(_ range: Range<Int>, _ resets: [Bool]) -> FloatHistogram? {
        let isCounter = function != .delta
        if isCounter { remarkOverlap(range) }
        var first = series.histograms[range.lowerBound].value
        let last = series.histograms[range.upperBound - 1].value
        let isGauge = first.hint == .gauge || last.hint == .gauge
        let areGauges = first.hint == .gauge && last.hint == .gauge
        if isCounter, isGauge { remarkNoCounter() }
        if isCounter, resets[range.lowerBound + 1] {
            // The layout before a reset doesn't matter, because nothing of it is looked at.
            let second = series.histograms[range.lowerBound + 1].value
            first = FloatHistogram(schema: second.schema, customBounds: second.customBounds)
        }
        var coarsest = min(last.schema, first.schema)
        var isMixed = first.usesCustomBounds != last.usesCustomBounds
        if isCounter {
            for place in range.dropFirst().dropLast() {
                let (schema, hint) = (series.histograms[place].value.schema, series.histograms[place].value.hint)
                if hint == .gauge { remarkNoCounter() }
                coarsest = min(coarsest, schema)
                isMixed = isMixed || (schema == FloatHistogram.customSchema) != first.usesCustomBounds
            }
        }
        do {
            if isMixed { throw IncompatibleHistograms() }
            var result = last
            result.reduceResolution(to: coarsest)
            remarkReconciled(try result.subtract(first), "subtraction")
            if isCounter {
                for place in range.dropFirst(2) where resets[place] {
                    remarkReconciled(try result.add(series.histograms[place - 1].value), "addition")
                }
            } else if !areGauges {
                remarkNoGauge()
            }
            return result
        } catch {
            warn(Evaluation.mixedSchemas(name))
            return nil
        }
    }

    /// `irate` and `idelta` from the last two samples of either kind.
    func instantRate(_ column: inout Column, _ step: Int, _ places: Places, _ resets: [Bool]) {
        let number = places.numbers.last.map { series.timestamps[$0] } ?? .min
        let numberBefore = places.numbers.dropLast().last.map { series.timestamps[$0] } ?? .min
        guard let place = places.histograms.last else { return }
        let time = series.histogramTimes[place]
        let previous = places.histograms.dropLast().last
        let timeBefore = previous.map { series.histogramTimes[$0] } ?? .min
        if numberBefore > time { return }
        guard let previous, timeBefore > number else {
            if places.numbers.isEmpty { return }
            column.clear(step)
            warn("encountered a mix of histograms and floats for metric name \(Labels.quoted(name))")
            return
        }
        let (before, last) = (series.histograms[previous].value, series.histograms[place].value)
        let isRate = function == .irate
        if isRate, before.hint == .gauge || last.hint == .gauge { remarkNoCounter() }
        if !isRate, before.hint != .gauge || last.hint != .gauge { remarkNoGauge() }
        column.clear(step)
        var result = last
        if !isRate || !resets[place] {
            guard let notes = try? result.subtract(before) else {
                warn(Evaluation.mixedSchemas(name))
                return
            }
            remarkReconciled(notes, "subtraction")
        }
        result.hint = .gauge
        result.compact()
        if isRate { result.divide(by: Double(time - timeBefore) / 1000) }
        column.set(result, step)
    }
}
