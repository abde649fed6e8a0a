/// How many more attempts than requests a cell may get. Also bounds hedges.
public struct RetryBudgetSettings: Sendable, Hashable {
    /// Further attempts in the window, in percent of its requests; 0 to 100.
    public var percent: Int
    /// Further attempts that are allowed in any case, each second, so that a cell with few requests can have any;
    /// 0 to 1000. The larger of the two counts, not the sum.
    public var minPerSecond: Int
    /// In nanoseconds; 1 s to 60 s.
    public var windowNanos: Int64

    /// 20 %, 3 a second, 10 s.
    public init(percent: Int = 20, minPerSecond: Int = 3, windowNanos: Int64 = 10_000_000_000) {
        self.percent = percent
        self.minPerSecond = minPerSecond
        self.windowNanos = windowNanos
    }

    /// The nearest settings within the limits.
    func clamped() -> RetryBudgetSettings {
        RetryBudgetSettings(
            percent: percent.clamped(0...100), minPerSecond: minPerSecond.clamped(0...1_000),
            windowNanos: windowNanos.clamped(1_000_000_000...60_000_000_000))
    }
}
