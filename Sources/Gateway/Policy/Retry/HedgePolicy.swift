/// When a slow first attempt gets a second one beside it (Dean and Barroso, The tail at scale, 2013). Per event loop
/// and cell: latencies of one loop are a fair sample. The budget is a `RetryBudget` of the cell, shared by the loops,
/// and is taken from when the time has come, not when the request starts.
struct HedgePolicy {
    let settings: HedgeSettings
    private var latencies = LatencySketch()
    private var thresholdNanos: Int64 = 0
    private var untilRefresh = 0

    /// Answers between two looks at the quantile.
    private static let refresh = 64

    init(_ settings: HedgeSettings = HedgeSettings()) { self.settings = settings.clamped() }

    /// The time from the attempt's start to its response head; of first attempts that nobody hedged or that won.
    mutating func observe(_ latencyNanos: Int64) {
        guard settings.isEnabled else { return }
        latencies.add(latencyNanos)
        untilRefresh -= 1
        guard untilRefresh <= 0 else { return }
        untilRefresh = Self.refresh
        latencies.fade(above: 8_192)
        thresholdNanos = latencies.quantile(percent: settings.quantilePercent) ?? 0
    }

    /// How long to wait for the first attempt before `RetryBudget.takeRetry` and a hedge; nil for never.
    func delayNanos(isIdempotent: Bool, hasBody: Bool, hasOtherUpstream: Bool) -> Int64? {
        guard settings.isEnabled, isIdempotent, !hasBody, hasOtherUpstream, latencies.count >= settings.minSamples
        else { return nil }
        return max(thresholdNanos, settings.minDelayNanos)
    }
}
