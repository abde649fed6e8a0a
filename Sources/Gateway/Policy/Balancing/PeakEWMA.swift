/// A latency that jumps up at once and comes down slowly, and that fades while nothing is observed, so that a slow
/// upstream is tried again: Finagle's Peak EWMA (com.twitter.finagle.loadbalancer.PeakEwma), also Linkerd's. Pure.
struct PeakEWMA: Equatable {
    private var latencyNanos = 0.0
    private var observedAt = Int64.min

    /// Nothing has been observed: the upstream is judged as the one it is compared with.
    @inline(__always) var isNew: Bool { observedAt == .min }

    /// In nanoseconds, faded until `now`.
    @inline(__always)
    func value(now: Int64, memoryNanos: Int64) -> Double {
        if isNew { return 0 }
        let elapsed = now.subtractingClamped(observedAt)
        return latencyNanos * Decay.factor(elapsedNanos: elapsed, timeConstantNanos: memoryNanos)
    }

    /// Of a finished attempt, or of one that is known to take at least so long.
    mutating func observe(_ sampleNanos: Int64, now: Int64, memoryNanos: Int64) {
        let sample = Double(max(1, sampleNanos))
        let elapsed = isNew ? 0 : now.subtractingClamped(observedAt)
        let kept = Decay.factor(elapsedNanos: elapsed, timeConstantNanos: memoryNanos)
        latencyNanos = max(sample, latencyNanos * kept + sample * (1 - kept))
        observedAt = max(now, observedAt)
    }

    mutating func reset() { self = PeakEWMA() }
}
