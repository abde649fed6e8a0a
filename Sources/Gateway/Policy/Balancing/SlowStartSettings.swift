/// How an upstream that has become usable is warmed up.
public struct SlowStartSettings: Sendable, Hashable {
    /// Until it gets its full share, in nanoseconds; 0 (off) to 10 min.
    public var durationNanos: Int64
    /// Its share at the start, in percent of the full one; 1 to 100.
    public var startPercent: Int

    /// 10 s, from 10 %.
    public init(durationNanos: Int64 = 10_000_000_000, startPercent: Int = 10) {
        self.durationNanos = durationNanos
        self.startPercent = startPercent
    }

    /// The nearest settings within the limits.
    func clamped() -> SlowStartSettings {
        SlowStartSettings(
            durationNanos: durationNanos.clamped(0...600_000_000_000), startPercent: startPercent.clamped(1...100))
    }
}
