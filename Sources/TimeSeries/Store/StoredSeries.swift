/// A series' columns inside the store; samples before `first` are trimmed and wait for the next compaction.
struct StoredSeries: Sendable {
    let labels: Labels
    private(set) var timestamps: [Int64] = []
    private(set) var values: [Double] = []
    private(set) var first = 0

    init(labels: Labels) { self.labels = labels }

    var count: Int { timestamps.count - first }
    var last: Int64? { count > 0 ? timestamps[timestamps.count - 1] : nil }

    mutating func append(_ timestamp: Int64, _ value: Double) {
        timestamps.append(timestamp)
        values.append(value)
    }

    /// Drops samples older than the bound and returns how many; moves memory only when half of it is free.
    mutating func trim(before bound: Int64) -> Int {
        let next = lowerBound(bound)
        let dropped = next - first
        first = next
        if first > 64, first * 2 >= timestamps.count {
            timestamps.removeFirst(first)
            values.removeFirst(first)
            first = 0
        }
        return dropped
    }

    /// The samples of a span, nil when there are none; the whole column is shared instead of copied.
    func slice(from: Int64, through: Int64) -> Series? {
        let low = lowerBound(from)
        let high = through == Int64.max ? timestamps.count : lowerBound(through + 1)
        if low >= high { return nil }
        if low == 0, high == timestamps.count {
            return Series(labels: labels, timestamps: timestamps, values: values)
        }
        return Series(labels: labels, timestamps: Array(timestamps[low..<high]), values: Array(values[low..<high]))
    }

    /// Index of the first live sample at or after a time.
    private func lowerBound(_ time: Int64) -> Int {
        var low = first
        var high = timestamps.count
        if high > low, timestamps[high - 1] < time { return high }
        while low < high {
            let middle = low + (high - low) / 2
            if timestamps[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
