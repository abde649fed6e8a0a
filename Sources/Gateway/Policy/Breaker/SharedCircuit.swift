import Locking
import Synchronization

/// A cell's circuit breaker, shared by all loops: a cell with few requests would never reach the minimum on one loop,
/// and `gateway_circuit_open` has one answer. While it is closed a request is let in by one relaxed load; its result
/// takes the lock for a few nanoseconds.
final class SharedCircuit: Sendable {
    private let breaker: Locked<CircuitBreaker>
    /// The generation and, above it, 1 while the circuit is closed.
    private let hint = Atomic<UInt64>(SharedCircuit.closedBit)

    private static let closedBit: UInt64 = 1 << 32
    /// About what the breaker and its lock take.
    private static let lockedBytes = 320

    init(_ settings: CircuitBreakerSettings = CircuitBreakerSettings()) {
        breaker = Locked(CircuitBreaker(settings))
    }

    /// `allow` or `refuse`.
    @inline(__always)
    func admit(now: Int64) -> CircuitBreaker.Action {
        let hint = hint.load(ordering: .relaxed)
        if hint & Self.closedBit != 0 {
            return .allow(CircuitBreaker.Permit(generation: UInt32(truncatingIfNeeded: hint)))
        }
        return on(.request, now: now)
    }

    /// `opened`, `closed` or `none`.
    func on(_ event: CircuitBreaker.Event, now: Int64) -> CircuitBreaker.Action {
        breaker.withLock { breaker in
            let action = breaker.on(event, now: now)
            let next = UInt64(breaker.permit.generation) | (breaker.isClosed ? Self.closedBit : 0)
            if hint.load(ordering: .relaxed) != next { hint.store(next, ordering: .relaxed) }
            return action
        }
    }

    /// What a request touches.
    func list(_ parts: inout PrefetchList) {
        parts.add(self, bytes: 64)
        parts.add(UnsafeRawBufferPointer(start: breaker.address, count: Self.lockedBytes), atMost: Self.lockedBytes)
    }

    var isClosed: Bool { hint.load(ordering: .relaxed) & Self.closedBit != 0 }
}
