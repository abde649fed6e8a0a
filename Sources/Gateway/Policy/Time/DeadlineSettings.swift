/// How long the parts of one exchange with a cell may take, in nanoseconds; 0 is no limit.
public struct DeadlineSettings: Sendable, Hashable {
    /// From the request's head to the response's end, over all attempts. Off by default, because streams have no end.
    public var totalNanos: Int64
    /// From the start of an attempt to its response head; then another attempt may start. Off by default.
    public var perTryNanos: Int64
    /// From the start of an attempt until the upstream accepts.
    public var connectNanos: Int64
    /// From the sent request until the response head.
    public var headNanos: Int64
    /// Between two pieces of the response body.
    public var idleNanos: Int64

    /// No total, no limit for a try, 2 s, 30 s, 30 s.
    public init(
        totalNanos: Int64 = 0,
        perTryNanos: Int64 = 0,
        connectNanos: Int64 = 2_000_000_000,
        headNanos: Int64 = 30_000_000_000,
        idleNanos: Int64 = 30_000_000_000
    ) {
        self.totalNanos = totalNanos
        self.perTryNanos = perTryNanos
        self.connectNanos = connectNanos
        self.headNanos = headNanos
        self.idleNanos = idleNanos
    }
}
