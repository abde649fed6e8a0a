/// When a cell is given a rest, because too many of its requests fail.
public struct CircuitBreakerSettings: Sendable, Hashable {
    /// The share of failed requests in the window that opens the circuit, in percent; 1 to 100.
    public var failurePercent: Int
    /// Requests in the window below which it stays closed; 1 to 1,000,000.
    public var minRequests: Int
    /// The window, in nanoseconds; 1 s to 10 min.
    public var windowNanos: Int64
    /// How long it stays open the first time, in nanoseconds; each time in a row doubles it. 100 ms to 10 min.
    public var openNanos: Int64
    /// The longest it stays open, in nanoseconds; up to 1 h.
    public var maxOpenNanos: Int64
    /// Requests that are let through at once while it is half open, and that must succeed to close it; 1 to 100.
    public var trials: Int
    /// Closed for so long, it forgets that it was open, in nanoseconds; 1 s to 24 h.
    public var forgetNanos: Int64

    /// 50 % of at least 20 requests in 10 s; 5 s to 60 s; 3; 60 s.
    public init(
        failurePercent: Int = 50,
        minRequests: Int = 20,
        windowNanos: Int64 = 10_000_000_000,
        openNanos: Int64 = 5_000_000_000,
        maxOpenNanos: Int64 = 60_000_000_000,
        trials: Int = 3,
        forgetNanos: Int64 = 60_000_000_000
    ) {
        self.failurePercent = failurePercent
        self.minRequests = minRequests
        self.windowNanos = windowNanos
        self.openNanos = openNanos
        self.maxOpenNanos = maxOpenNanos
        self.trials = trials
        self.forgetNanos = forgetNanos
    }

    /// The nearest settings within the limits.
    func clamped() -> CircuitBreakerSettings {
        var settings = self
        settings.failurePercent = failurePercent.clamped(1...100)
        settings.minRequests = minRequests.clamped(1...1_000_000)
        settings.windowNanos = windowNanos.clamped(1_000_000_000...600_000_000_000)
        settings.openNanos = openNanos.clamped(100_000_000...600_000_000_000)
        settings.maxOpenNanos = maxOpenNanos.clamped(settings.openNanos...3_600_000_000_000)
        settings.trials = trials.clamped(1...100)
        settings.forgetNanos = forgetNanos.clamped(1_000_000_000...86_400_000_000_000)
        return settings
    }
}
