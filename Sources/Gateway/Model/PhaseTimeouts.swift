/// How long each phase may take, in nanoseconds.
public struct PhaseTimeouts: Sendable, Equatable {
    /// From a request's first byte to the end of its head: 408.
    public var headNanos: Int64
    /// Without progress of the request body: 408. Also without progress of a client that reads its response.
    public var bodyNanos: Int64
    /// A client connection without a request is closed.
    public var idleNanos: Int64
    /// Until an upstream accepts: 502.
    public var connectNanos: Int64
    /// Until an upstream's response head has come, and between two pieces of its body: 504.
    public var responseNanos: Int64
    /// A switched connection (WebSocket) on which nothing is said is closed.
    public var tunnelNanos: Int64
    /// How long a drain waits for requests in flight.
    public var drainNanos: Int64
    /// Between the announcement of a drain (`/readyz`) and its beginning: new connections are still taken.
    public var drainDelayNanos: Int64
    /// How long a connection may be idle while the gateway drains: a request that is on its way is still answered.
    public var drainIdleNanos: Int64

    /// 10 s, 30 s, 60 s, 2 s, 30 s, 1 h, 30 s, 0 s, 0.5 s.
    public init(
        headNanos: Int64 = 10_000_000_000,
        bodyNanos: Int64 = 30_000_000_000,
        idleNanos: Int64 = 60_000_000_000,
        connectNanos: Int64 = 2_000_000_000,
        responseNanos: Int64 = 30_000_000_000,
        tunnelNanos: Int64 = 3_600_000_000_000,
        drainNanos: Int64 = 30_000_000_000,
        drainDelayNanos: Int64 = 0,
        drainIdleNanos: Int64 = 500_000_000
    ) {
        self.headNanos = headNanos
        self.bodyNanos = bodyNanos
        self.idleNanos = idleNanos
        self.connectNanos = connectNanos
        self.responseNanos = responseNanos
        self.tunnelNanos = tunnelNanos
        self.drainNanos = drainNanos
        self.drainDelayNanos = drainDelayNanos
        self.drainIdleNanos = drainIdleNanos
    }
}
