/// How many requests of a cell are in flight at once; adapts to what the cell can take.
public struct ConcurrencySettings: Sendable, Hashable {
    /// Before anything is known; within the two below.
    public var initial: Int
    /// Never fewer; 1 to 100,000.
    public var min: Int
    /// Never more; up to 1,000,000. The same as `min` makes the limit a fixed one.
    public var max: Int
    /// How much slower than unloaded an answer may be before the limit falls, in percent; 110 to 1000.
    public var tolerancePercent: Int
    /// Time between two adjustments, in nanoseconds; 10 ms to 60 s. It takes ten answers, too.
    public var windowNanos: Int64
    /// How long the unloaded latency is believed, in nanoseconds; then, if the cell is busy, the limit is lowered to
    /// a third for two windows to measure it again. 1 s to 1 h.
    public var floorLifeNanos: Int64

    /// 100 (10 to 2000), 150 %, 100 ms, 30 s.
    public init(
        initial: Int = 100,
        min: Int = 10,
        max: Int = 2_000,
        tolerancePercent: Int = 150,
        windowNanos: Int64 = 100_000_000,
        floorLifeNanos: Int64 = 30_000_000_000
    ) {
        self.initial = initial
        self.min = min
        self.max = max
        self.tolerancePercent = tolerancePercent
        self.windowNanos = windowNanos
        self.floorLifeNanos = floorLifeNanos
    }

    /// The nearest settings within the limits.
    func clamped() -> ConcurrencySettings {
        var settings = self
        settings.min = min.clamped(1...100_000)
        settings.max = max.clamped(settings.min...1_000_000)
        settings.initial = initial.clamped(settings.min...settings.max)
        settings.tolerancePercent = tolerancePercent.clamped(110...1_000)
        settings.windowNanos = windowNanos.clamped(10_000_000...60_000_000_000)
        settings.floorLifeNanos = floorLifeNanos.clamped(1_000_000_000...3_600_000_000_000)
        return settings
    }
}
