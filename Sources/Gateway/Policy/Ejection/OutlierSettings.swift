/// When an upstream that fails requests is left out for a while.
public struct OutlierSettings: Sendable, Hashable {
    /// Failed answers in a row (5xx, broken or timed-out exchanges, failed connects) that eject; 0 (off) to 1000.
    public var failuresInRow: Int
    /// Failed connects in a row that eject; 0 (off) to 1000.
    public var connectFailuresInRow: Int
    /// Failed answers among the last sixty or so that eject, in percent, when the cell's other upstreams fail less than
    /// half as often; 0 (off) to 100. For an upstream that fails often but not always.
    public var failurePercent: Int
    /// Of the first ejection, in nanoseconds; the n-th takes n times as long. 100 ms to 1 h.
    public var ejectionNanos: Int64
    /// Of the longest ejection, in nanoseconds; up to 24 h.
    public var maxEjectionNanos: Int64
    /// For each such time without an ejection one is forgotten, in nanoseconds; 1 s to 24 h.
    public var forgetNanos: Int64
    /// Upstreams of a cell that may be ejected at once, in percent; 0 (none) to 100. With at least two upstreams one
    /// can always be ejected, unless this is 0; the last usable one never is.
    public var maxEjectedPercent: Int
    /// How long the request that probes an ejected upstream may take before another one probes, in nanoseconds;
    /// 100 ms to 10 min.
    public var probeNanos: Int64
    /// How long a due probe waits for a request that can be repeated elsewhere, in nanoseconds; then any request
    /// probes. 0 to 1 h.
    public var probePatienceNanos: Int64

    /// 5, 3, 50 %, 10 s, 300 s, 60 s, 50 %, 10 s, 5 s.
    public init(
        failuresInRow: Int = 5,
        connectFailuresInRow: Int = 3,
        failurePercent: Int = 50,
        ejectionNanos: Int64 = 10_000_000_000,
        maxEjectionNanos: Int64 = 300_000_000_000,
        forgetNanos: Int64 = 60_000_000_000,
        maxEjectedPercent: Int = 50,
        probeNanos: Int64 = 10_000_000_000,
        probePatienceNanos: Int64 = 5_000_000_000
    ) {
        self.failuresInRow = failuresInRow
        self.connectFailuresInRow = connectFailuresInRow
        self.failurePercent = failurePercent
        self.ejectionNanos = ejectionNanos
        self.maxEjectionNanos = maxEjectionNanos
        self.forgetNanos = forgetNanos
        self.maxEjectedPercent = maxEjectedPercent
        self.probeNanos = probeNanos
        self.probePatienceNanos = probePatienceNanos
    }

    /// The nearest settings within the limits.
    func clamped() -> OutlierSettings {
        var settings = self
        settings.failuresInRow = failuresInRow.clamped(0...1_000)
        settings.connectFailuresInRow = connectFailuresInRow.clamped(0...1_000)
        settings.failurePercent = failurePercent.clamped(0...100)
        settings.ejectionNanos = ejectionNanos.clamped(100_000_000...3_600_000_000_000)
        settings.maxEjectionNanos = maxEjectionNanos.clamped(settings.ejectionNanos...86_400_000_000_000)
        settings.forgetNanos = forgetNanos.clamped(1_000_000_000...86_400_000_000_000)
        settings.maxEjectedPercent = maxEjectedPercent.clamped(0...100)
        settings.probeNanos = probeNanos.clamped(100_000_000...600_000_000_000)
        settings.probePatienceNanos = probePatienceNanos.clamped(0...3_600_000_000_000)
        return settings
    }
}
