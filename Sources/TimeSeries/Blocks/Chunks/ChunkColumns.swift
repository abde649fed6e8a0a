/// The samples of one series while its chunks are decoded; the memory is used again for the next series.
final class ChunkColumns {
    private(set) var times: UnsafeMutablePointer<Int64>
    private(set) var values: UnsafeMutablePointer<Double>
    private var capacity = 1 << 13
    private(set) var count = 0
    private(set) var histograms = HistogramColumn()
    private(set) var starts = StartTimestampColumn()

    init() {
        times = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
    }

    deinit {
        times.deallocate()
        values.deallocate()
    }

    /// Memory of the samples, in units of a float sample.
    var sampleUnits: Int { count + histograms.sampleUnits }

    /// Begins another series.
    func reset() {
        count = 0
        if !histograms.isEmpty { histograms = HistogramColumn() }
        if !starts.isEmpty { starts = StartTimestampColumn() }
    }

    /// Makes room for more samples, which are then written behind ``count`` and claimed with ``advance(by:)``.
    func reserve(_ more: Int) {
        if more <= capacity - count { return }
        let next = max(count + more, capacity * 2)
        let newTimes = UnsafeMutablePointer<Int64>.allocate(capacity: next)
        let newValues = UnsafeMutablePointer<Double>.allocate(capacity: next)
        newTimes.initialize(from: times, count: count)
        newValues.initialize(from: values, count: count)
        times.deallocate()
        values.deallocate()
        (times, values, capacity) = (newTimes, newValues, next)
    }

    /// Claims samples that were written and say nothing of when counting began.
    func advance(by more: Int) {
        // Otherwise they would have the start of the sample before.
        if !starts.isEmpty { starts.append(0, at: count) }
        count += more
    }

    /// Appends a number, for which there is room.
    func append(_ time: Int64, _ value: Double, startedAt start: Int64) {
        times[count] = time
        values[count] = value
        if start != 0 || !starts.isEmpty { starts.append(start, at: count) }
        count += 1
    }

    /// Appends a histogram, for which there is room.
    func append(_ time: Int64, _ histogram: FloatHistogram, startedAt start: Int64) {
        histograms.append(SharedHistogram(histogram), at: count)
        append(time, histogramMarker, startedAt: start)
    }

    /// The samples of a span of time less what was deleted, in order.
    func series(
        _ labels: Labels, _ span: ClosedRange<Int64>, without deleted: [ClosedRange<Int64>],
        _ sharing: inout TimestampSharing
    ) -> Series {
        let ascends = tidy()
        guard ascends, deleted.isEmpty, histograms.isEmpty, starts.isEmpty else {
            return selected(labels, span, without: deleted, ascends: ascends)
        }
        let (low, high) = (lowerBound(span.lowerBound), upperBound(span.upperBound))
        if low >= high { return Series(labels: labels) }
        return Series(
            labels: labels,
            timestamps: sharing.column(UnsafeBufferPointer(start: times + low, count: high - low)),
            values: Array(UnsafeBufferPointer(start: values + low, count: high - low)))
    }

    /// Takes the bits away that say "histogram" from numbers; those are ours alone.
    ///
    /// - Returns: whether the times ascend strictly.
    private func tidy() -> Bool {
        var ascends = true
        for place in 0..<count {
            if values[place].isHistogramMarker, histograms[place] == nil { values[place] = .nan }
            if place > 0, times[place] <= times[place - 1] { ascends = false }
        }
        return ascends
    }

    private func selected(
        _ labels: Labels, _ span: ClosedRange<Int64>, without deleted: [ClosedRange<Int64>], ascends: Bool
    ) -> Series {
        let all = Series(
            labels: labels, timestamps: Array(UnsafeBufferPointer(start: times, count: count)),
            values: Array(UnsafeBufferPointer(start: values, count: count)), histograms: histograms,
            startTimestamps: starts.isEmpty ? nil : starts)
        var places = (0..<count).filter { place in
            span.contains(all.timestamps[place]) && !deleted.contains { $0.contains(all.timestamps[place]) }
        }
        if !ascends { places.sort { all.timestamps[$0] < all.timestamps[$1] } }
        var out = Series(labels: labels)
        out.timestamps.reserveCapacity(places.count)
        out.values.reserveCapacity(places.count)
        for place in places where out.timestamps.last != all.timestamps[place] { out.append(sampleOf: all, at: place) }
        return out
    }

    private func lowerBound(_ time: Int64) -> Int {
        if count > 0, times[0] >= time { return 0 }
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func upperBound(_ time: Int64) -> Int {
        if count > 0, times[count - 1] <= time { return count }
        return time == .max ? count : lowerBound(time + 1)
    }
}
