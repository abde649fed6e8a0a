import TimeSeries

extension HistogramWindows {
    /// Whether the counter was reset before each histogram.
    var foundResets: [Bool] {
        series.histograms.indices.map { place in
            place > 0 && series.histograms[place].value.wasReset(since: series.histograms[place - 1].value)
        }
    }

    /// `rate`, `increase` and `delta` of a window that has histograms only.
    func rate(_ places: Places, _ resets: [Bool]) throws -> FloatHistogram? {
        let range = places.histograms
        if range.count < 2 { return nil }
        guard var result = difference(range, resets) else { return nil }
        result.hint = .gauge
        result.compact()
        result.multiply(by: factor(places, difference: result.count))
        return result
    }

    /// The last histogram less the first, plus what was counted before each reset.
    private func difference(_ range: Range<Int>, _ resets: [Bool]) -> FloatHistogram? {
        let isCounter = function != .delta
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

    /// How the difference between the samples extends to the window's borders; the count must not fall below zero.
    private func factor(_ places: Places, difference: Double) -> Double {
        let range = places.histograms
        let firstTime = series.histogramTimes[range.lowerBound]
        let lastTime = series.histogramTimes[range.upperBound - 1]
        let sampled = Double(lastTime - firstTime) / 1000
        let average = sampled / Double(range.count - 1)
        var toStart = Double(firstTime - places.start) / 1000
        var toEnd = Double(places.end - lastTime) / 1000
        if toStart >= average * 1.1 { toStart = average / 2 }
        // Prometheus 2 knows the limit for numbers only.
        if function != .delta, evaluation.options.compatibility == .prometheus3 {
            let first = series.histograms[range.lowerBound].value.count
            if difference > 0, first >= 0 { toStart = min(toStart, sampled * (first / difference)) }
        }
        if toEnd >= average * 1.1 { toEnd = average / 2 }
        let factor = (sampled + toStart + toEnd) / sampled
        return function == .rate ? factor / (Double(argument.rangeMillis) / 1000) : factor
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
