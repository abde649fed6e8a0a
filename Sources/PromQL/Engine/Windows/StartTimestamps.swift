/// What the start timestamps of two neighbouring samples say about the counter between them; 0 is an unknown start.
enum StartTimestamps {
    /// A sample's time and the time at which its counter began, in milliseconds.
    struct Sample {
        let time: Int64
        let start: Int64
    }

    /// Whether counting began anew between the samples.
    ///
    /// A start at or after its own sample says nothing. One right at the sample before means a delta, and so a
    /// reset, unless that sample didn't know its own start either.
    static func isReset(_ before: Sample, _ now: Sample) -> Bool {
        if now.start == 0 || now.start >= now.time || now.start < before.time { return false }
        if now.start > before.time { return true }
        return before.start != 0 && before.start < before.time
    }

    /// Whether the second sample claims to count from before the first one, but not from the same start.
    static func overlaps(_ before: Sample, _ now: Sample) -> Bool {
        now.start != 0 && now.start < before.time && now.start != before.start
    }
}

extension RangeSeries {
    func numberStart(_ place: Int) -> StartTimestamps.Sample {
        StartTimestamps.Sample(time: timestamps[place], start: starts.isEmpty ? 0 : starts[place])
    }

    func histogramStart(_ place: Int) -> StartTimestamps.Sample {
        StartTimestamps.Sample(time: histogramTimes[place], start: histogramStarts.isEmpty ? 0 : histogramStarts[place])
    }
}
