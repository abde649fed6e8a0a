import PromQL
import TimeSeries

/// Holds a result of ours against Prometheus's: labels, order and times exactly, values as its compliance tester does.
struct PeerComparison {
    /// What values may differ by, relative to the smaller one.
    var fraction = 1e-5
    /// What values may differ by in any case.
    var margin = 0.0

    /// Nil when both are equal, else the first difference.
    func difference(_ ours: QueryValue, _ theirs: PeerPrometheus.Answer) -> String? {
        switch (ours, theirs) {
        case (.matrix(let ours), .matrix(let theirs)):
            return difference(ours, theirs)
        case (.vector(let ours), .vector(let theirs)):
            let series = ours.map { sample in
                var series = Series(labels: sample.labels)
                if let histogram = sample.histogram {
                    series.append(histogram, at: sample.timestampMillis)
                } else {
                    series.append(sample.value, at: sample.timestampMillis)
                }
                return series
            }
            return difference(series, theirs)
        case (.scalar(_, let ours), .scalar(let theirs)):
            return equal(ours, theirs) ? nil : "\(ours), theirs \(theirs)"
        case (.string(_, let ours), .string(let theirs)):
            return ours == theirs ? nil : "\(ours), theirs \(theirs)"
        default: return "\(ours), theirs \(theirs)"
        }
    }

    /// Like ``difference(_:_:)`` for results whose labels are left open: which values stand at each time.
    func differenceOfValues(_ ours: QueryValue, _ theirs: PeerPrometheus.Answer) -> String? {
        var own: [Int64: [Double]] = [:]
        var other: [Int64: [Double]] = [:]
        switch (ours, theirs) {
        case (.matrix(let ours), .matrix(let theirs)):
            for series in ours {
                for (time, value) in zip(series.timestamps, series.values) { own[time, default: []].append(value) }
            }
            for sample in theirs.flatMap(\.floats) { other[sample.time, default: []].append(sample.value) }
        case (.vector(let ours), .vector(let theirs)):
            for sample in ours { own[sample.timestampMillis, default: []].append(sample.value) }
            for sample in theirs.flatMap(\.floats) { other[sample.time, default: []].append(sample.value) }
        default: return "\(ours), theirs \(theirs)"
        }
        if own.keys.sorted() != other.keys.sorted() { return "other times" }
        func isLess(_ left: Double, _ right: Double) -> Bool { left < right || left.isNaN && !right.isNaN }
        for (time, values) in own {
            let (mine, theirs) = (values.sorted(by: isLess), (other[time] ?? []).sorted(by: isLess))
            let isEqual = mine.count == theirs.count && zip(mine, theirs).allSatisfy { equal($0, $1) }
            if !isEqual { return "values at \(time): \(mine), theirs \(theirs)" }
        }
        return nil
    }

    /// Whether the values of a sorted vector come in the same order; that of equal ones is left open.
    func differenceOfOrder(_ ours: QueryValue, _ theirs: PeerPrometheus.Answer) -> String? {
        guard case .vector(let ours) = ours, case .vector(let theirs) = theirs else { return nil }
        let (mine, other) = (ours.map(\.value), theirs.flatMap(\.floats).map(\.value))
        let isEqual = mine.count == other.count && zip(mine, other).allSatisfy { equal($0, $1) }
        return isEqual ? nil : "in the order \(mine), theirs \(other)"
    }

    private func difference(_ ours: [Series], _ theirs: [PeerSeries]) -> String? {
        for (ours, theirs) in zip(ours, theirs) {
            if ours.labels != theirs.labels { return "series \(ours.labels), theirs \(theirs.labels)" }
            if let found = difference(ours, theirs) { return "\(ours.labels)\(found)" }
        }
        if ours.count > theirs.count { return "\(ours[theirs.count].labels) is too much" }
        if ours.count < theirs.count { return "\(theirs[ours.count].labels) is missing" }
        return nil
    }

    private func difference(_ ours: Series, _ theirs: PeerSeries) -> String? {
        let places = ours.values.indices.filter { !ours.values[$0].isHistogramMarker }
        for (place, sample) in zip(places, theirs.floats) {
            let (time, value) = (ours.timestamps[place], ours.values[place])
            if time != sample.time { return " at \(time), theirs at \(sample.time)" }
            if !equal(value, sample.value) { return " at \(time): \(value), theirs \(sample.value)" }
        }
        if places.count != theirs.floats.count { return ": \(places.count) numbers, theirs \(theirs.floats.count)" }
        let histograms =
            ours.histograms.map { column in zip(column.places, column.samples).map { ($0, $1.value) } } ?? []
        for ((place, histogram), sample) in zip(histograms, theirs.histograms) {
            let time = ours.timestamps[place]
            if time != sample.time { return ": a histogram at \(time), theirs at \(sample.time)" }
            if !equal(histogram, sample.value) { return " at \(time): \(histogram), theirs \(sample.value)" }
        }
        if histograms.count != theirs.histograms.count {
            return ": \(histograms.count) histograms, theirs \(theirs.histograms.count)"
        }
        return nil
    }

    private func equal(_ ours: FloatHistogram, _ theirs: PeerSeries.Histogram) -> Bool {
        let buckets = (0..<ours.bucketCount).filter { ours.count(at: $0) != 0 }.map { place in
            let bucket = ours.bucket(at: place)
            return [bucket.lower, bucket.upper, bucket.count]
        }
        return equal(ours.count, theirs.count) && equal(ours.sum, theirs.sum) && buckets.count == theirs.buckets.count
            && zip(buckets, theirs.buckets).allSatisfy { ours, theirs in
                zip(ours, theirs.dropFirst()).allSatisfy { equal($0, $1) }
            }
    }

    func equal(_ ours: Double, _ theirs: Double) -> Bool {
        if ours == theirs || ours.isNaN && theirs.isNaN { return true }
        return abs(ours - theirs) <= max(margin, fraction * min(abs(ours), abs(theirs)))
    }
}
