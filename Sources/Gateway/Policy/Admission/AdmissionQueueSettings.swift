/// Where requests wait for a place at their cell.
public struct AdmissionQueueSettings: Sendable, Hashable {
    /// Waiting requests of a cell on one event loop; 0 (none wait) to 100,000.
    public var capacity: Int
    /// How long a request may wait, in nanoseconds; 1 ms to 60 s.
    public var waitNanos: Int64
    /// How long it may wait under lasting overload, in nanoseconds; up to `waitNanos`.
    public var overloadedWaitNanos: Int64
    /// Overload lasts when the queue was not empty for so long, in nanoseconds; 1 ms to 60 s.
    public var overloadedAfterNanos: Int64

    /// 256; 500 ms, 20 ms once the queue was not empty for 500 ms.
    public init(
        capacity: Int = 256,
        waitNanos: Int64 = 500_000_000,
        overloadedWaitNanos: Int64 = 20_000_000,
        overloadedAfterNanos: Int64 = 500_000_000
    ) {
        self.capacity = capacity
        self.waitNanos = waitNanos
        self.overloadedWaitNanos = overloadedWaitNanos
        self.overloadedAfterNanos = overloadedAfterNanos
    }

    /// The nearest settings within the limits.
    func clamped() -> AdmissionQueueSettings {
        var settings = self
        settings.capacity = capacity.clamped(0...100_000)
        settings.waitNanos = waitNanos.clamped(1_000_000...60_000_000_000)
        settings.overloadedWaitNanos = overloadedWaitNanos.clamped(0...settings.waitNanos)
        settings.overloadedAfterNanos = overloadedAfterNanos.clamped(1_000_000...60_000_000_000)
        return settings
    }
}
