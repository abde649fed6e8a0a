/// So many requests in a period, and how many at once.
public struct RateLimit: Sendable, Hashable {
    /// In a period, sustained; 1 to 1,000,000,000.
    public var requests: Int
    /// In nanoseconds; 1 ms to 24 h.
    public var periodNanos: Int64
    /// At once, after a pause; 1 to 1,000,000,000.
    public var burst: Int

    /// Without a burst, a whole period's requests may come at once.
    public init(requests: Int, periodNanos: Int64 = 1_000_000_000, burst: Int? = nil) {
        self.requests = requests
        self.periodNanos = periodNanos
        self.burst = burst ?? requests
    }
}
