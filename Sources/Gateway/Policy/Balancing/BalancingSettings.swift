/// How a cell spreads its requests.
public struct BalancingSettings: Sendable, Hashable {
    /// `p2c_ewma`, `round_robin` or `hash_tenant`.
    public var method: BalancingMethod
    /// `p2c_ewma`: after this time a latency counts a third, in nanoseconds; 100 ms to 10 min.
    public var latencyMemoryNanos: Int64
    /// `hash_tenant`: requests in flight at one upstream, in percent of the mean; 105 to 1000. Beyond them the next
    /// upstream in the tenant's order is taken.
    public var maxLoadPercent: Int
    /// `hash_tenant`: with so few requests in flight on an event loop an upstream is never overloaded; 1 to 10,000.
    public var minLoad: Int
    /// How an upstream that has become usable is warmed up.
    public var slowStart: SlowStartSettings

    /// `p2c_ewma`, 10 s, 125 %, 4.
    public init(
        method: BalancingMethod = .powerOfTwoEWMA,
        latencyMemoryNanos: Int64 = 10_000_000_000,
        maxLoadPercent: Int = 125,
        minLoad: Int = 4,
        slowStart: SlowStartSettings = SlowStartSettings()
    ) {
        self.method = method
        self.latencyMemoryNanos = latencyMemoryNanos
        self.maxLoadPercent = maxLoadPercent
        self.minLoad = minLoad
        self.slowStart = slowStart
    }

    /// The nearest settings within the limits.
    func clamped() -> BalancingSettings {
        var settings = self
        settings.latencyMemoryNanos = latencyMemoryNanos.clamped(100_000_000...600_000_000_000)
        settings.maxLoadPercent = maxLoadPercent.clamped(105...1_000)
        settings.minLoad = minLoad.clamped(1...10_000)
        settings.slowStart = slowStart.clamped()
        return settings
    }
}
