/// Bounds of the kept connections to one upstream, for each event loop.
public struct PoolSettings: Sendable, Equatable {
    /// Idle connections kept; one more is closed.
    public var maxIdle: Int
    /// Connections in use at once; one more request is refused with `OVERLOADED`.
    public var maxActive: Int
    /// How long an idle connection is kept, in nanoseconds.
    public var idleNanos: Int64

    /// 256 idle, 4096 in use, 30 s.
    public init(maxIdle: Int = 256, maxActive: Int = 4_096, idleNanos: Int64 = 30_000_000_000) {
        self.maxIdle = maxIdle
        self.maxActive = maxActive
        self.idleNanos = idleNanos
    }
}
