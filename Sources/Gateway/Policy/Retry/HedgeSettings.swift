/// A second attempt at another upstream while the first is unusually slow; the earlier answer wins.
public struct HedgeSettings: Sendable, Hashable {
    /// Off by default: the cell must stand being asked twice.
    public var isEnabled: Bool
    /// The first attempt is slow when it takes longer than this share of the cell's recent answers, in percent;
    /// 50 to 99.
    public var quantilePercent: Int
    /// Never hedged earlier than this, in nanoseconds; 0 to 60 s.
    public var minDelayNanos: Int64
    /// Answers that must have been seen on a loop before it hedges; 20 to 10,000.
    public var minSamples: Int
    /// The share of hedges in all requests.
    public var budget: RetryBudgetSettings

    /// Off; beyond the 95th percentile, not before 5 ms, after 100 answers, at most 5 % of requests.
    public init(
        isEnabled: Bool = false,
        quantilePercent: Int = 95,
        minDelayNanos: Int64 = 5_000_000,
        minSamples: Int = 100,
        budget: RetryBudgetSettings = RetryBudgetSettings(percent: 5, minPerSecond: 0)
    ) {
        self.isEnabled = isEnabled
        self.quantilePercent = quantilePercent
        self.minDelayNanos = minDelayNanos
        self.minSamples = minSamples
        self.budget = budget
    }

    /// The nearest settings within the limits.
    func clamped() -> HedgeSettings {
        var settings = self
        settings.quantilePercent = quantilePercent.clamped(50...99)
        settings.minDelayNanos = minDelayNanos.clamped(0...60_000_000_000)
        settings.minSamples = minSamples.clamped(20...10_000)
        settings.budget = budget.clamped()
        return settings
    }
}
