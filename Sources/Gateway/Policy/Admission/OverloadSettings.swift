/// When the gateway as a whole has too much to do, and how it chooses whom to refuse.
public struct OverloadSettings: Sendable, Hashable {
    /// Event-loop lag at which refusing begins, in nanoseconds; 1 ms to 10 s.
    public var lagNanos: Int64
    /// Event-loop lag at which the most is refused, in nanoseconds; up to 60 s.
    public var maxLagNanos: Int64
    /// Requests in flight at which refusing begins; 1 to 10,000,000.
    public var inFlight: Int
    /// Requests in flight at which the most is refused; up to 10,000,000.
    public var maxInFlight: Int
    /// The most that is refused, in percent of all requests; 0 (off) to 100.
    public var maxRefusedPercent: Int
    /// A tenant with a smaller share of the requests is never refused, in percent; 0 to 50.
    public var alwaysAdmittedPercent: Int
    /// Tenants that are watched on an event loop, 16 bytes each; 8 to 65,536, rounded up to a power of two.
    public var watchedTenants: Int
    /// After this time a request counts a third, in nanoseconds; 1 s to 10 min.
    public var memoryNanos: Int64

    /// 500 ms to 2 s, 5,000 to 10,000 requests, 90 %, 1 %, 256 tenants, 5 s.
    public init(
        lagNanos: Int64 = 500_000_000,
        maxLagNanos: Int64 = 2_000_000_000,
        inFlight: Int = 5_000,
        maxInFlight: Int = 10_000,
        maxRefusedPercent: Int = 90,
        alwaysAdmittedPercent: Int = 1,
        watchedTenants: Int = 256,
        memoryNanos: Int64 = 5_000_000_000
    ) {
        self.lagNanos = lagNanos
        self.maxLagNanos = maxLagNanos
        self.inFlight = inFlight
        self.maxInFlight = maxInFlight
        self.maxRefusedPercent = maxRefusedPercent
        self.alwaysAdmittedPercent = alwaysAdmittedPercent
        self.watchedTenants = watchedTenants
        self.memoryNanos = memoryNanos
    }

    /// The nearest settings within the limits.
    func clamped() -> OverloadSettings {
        var settings = self
        settings.lagNanos = lagNanos.clamped(1_000_000...10_000_000_000)
        settings.maxLagNanos = maxLagNanos.clamped(settings.lagNanos...60_000_000_000)
        settings.inFlight = inFlight.clamped(1...10_000_000)
        settings.maxInFlight = maxInFlight.clamped(settings.inFlight...10_000_000)
        settings.maxRefusedPercent = maxRefusedPercent.clamped(0...100)
        settings.alwaysAdmittedPercent = alwaysAdmittedPercent.clamped(0...50)
        settings.watchedTenants = watchedTenants.clamped(8...65_536)
        settings.memoryNanos = memoryNanos.clamped(1_000_000_000...600_000_000_000)
        return settings
    }

    /// The share of all requests that is to be refused, 0 to 1: the worse of lag and requests in flight, in a straight
    /// line between their two marks.
    func pressure(lagNanos: Int64, inFlight: Int) -> Double {
        let lag = Self.part(Double(lagNanos), Double(self.lagNanos), Double(maxLagNanos))
        let load = Self.part(Double(inFlight), Double(self.inFlight), Double(maxInFlight))
        return max(lag, load) * Double(maxRefusedPercent.clamped(0...100)) / 100
    }

    private static func part(_ value: Double, _ low: Double, _ high: Double) -> Double {
        if value >= high { return value > low ? 1 : 0 }
        return max(0, (value - low) / (high - low))
    }
}
