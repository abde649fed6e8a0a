/// When counting began, as the `_created` samples of a metric say at their own times.
struct CreatedTimes {
    private let times: [Int64]
    private let starts: [Int64]

    /// - Parameter series: `_created` samples, in seconds since the epoch.
    init(_ series: Series) {
        var times: [Int64] = []
        var starts: [Int64] = []
        for (time, value) in zip(series.timestamps, series.values) {
            guard let start = Int64(exactly: (value * 1000).rounded()), start > 0 else { continue }
            times.append(time)
            starts.append(start)
        }
        (self.times, self.starts) = (times, starts)
    }

    /// The starts of samples whose times ascend; nil when none is known.
    ///
    /// What is said at a sample's time or later holds when that counting began before the sample; else what was said
    /// last before it.
    func column(for samples: [Int64]) -> StartTimestampColumn? {
        var column = StartTimestampColumn()
        var next = 0
        for (place, time) in samples.enumerated() {
            while next < times.count, times[next] < time { next += 1 }
            if next < times.count, starts[next] <= time {
                column.append(starts[next], at: place)
            } else {
                column.append(next > 0 && starts[next - 1] <= time ? starts[next - 1] : 0, at: place)
            }
        }
        return column.isEmpty ? nil : column
    }
}
