import TimeSeries

extension ExtendedWindows {
    /// The increase of native histograms; nil, with a remark, where they don't fit together.
    func histogramIncrease(_ extent: ExtendedExtent) -> FloatHistogram? {
        let usesCustomBounds = series.histograms[extent.first].value.usesCustomBounds
        for place in extent.first...extent.last {
            let histogram = series.histograms[place].value
            if histogram.usesCustomBounds != usesCustomBounds {
                remarks.warn(Evaluation.mixedSchemas(remarks.name))
                return nil
            }
            if isCounter, histogram.hint == .gauge { remarks.remarkNoCounter() }
        }
        do {
            let (left, right) = (try left(extent), try right(extent))
            if !isCounter, left.hint != .gauge || right.hint != .gauge { remarks.remarkNoGauge() }
            var result = right
            remarks.remarkReconciled(try result.subtract(left), "subtraction")
            if isCounter, let correction = try correction(extent, left, right) {
                remarks.remarkReconciled(try result.add(correction), "addition")
            }
            return result
        } catch {
            remarks.warn(Evaluation.mixedSchemas(remarks.name))
            return nil
        }
    }

    private func left(_ extent: ExtendedExtent) throws(IncompatibleHistograms) -> FloatHistogram {
        if isSmoothed, series.histogramTimes[extent.first] < extent.start {
            return try Interpolation.histogram(
                series, extent.first, at: extent.start, isCounter: isCounter, note: remarks.remarkReconciled)
        }
        return series.histograms[extent.first].value
    }

    private func right(_ extent: ExtendedExtent) throws(IncompatibleHistograms) -> FloatHistogram {
        if isSmoothed, extent.last > extent.first, series.histogramTimes[extent.last] > extent.end {
            return try Interpolation.histogram(
                series, extent.last - 1, at: extent.end, isCounter: isCounter, note: remarks.remarkReconciled)
        }
        return series.histograms[extent.last].value
    }

    /// What was counted before the resets between the borders; nil when there were none.
    private func correction(
        _ extent: ExtendedExtent, _ left: FloatHistogram, _ right: FloatHistogram
    ) throws(IncompatibleHistograms) -> FloatHistogram? {
        var first = extent.first + 1
        var previous = left
        if isSmoothed, series.histogramTimes[extent.first] < extent.start,
            series.histograms[extent.first + 1].value.wasReset(since: series.histograms[extent.first].value)
        {
            // The value at the start was interpolated over this reset and knows of it.
            previous = series.histograms[extent.first + 1].value
            first += 1
        }
        // The last sample is left out because `right` is it, or has its hint.
        if first > extent.last { return nil }
        var total: FloatHistogram?
        func note(_ before: FloatHistogram) throws(IncompatibleHistograms) {
            guard var sum = total else {
                total = before
                return
            }
            remarks.remarkReconciled(try sum.add(before), "addition")
            total = sum
        }
        for place in first..<extent.last {
            let current = series.histograms[place].value
            if current.wasReset(since: previous) { try note(previous) }
            previous = current
        }
        if right.wasReset(since: previous) { try note(previous) }
        return total
    }
}
