import Locking
import Synchronization

/// A cell's requests in flight and their limit, shared by all loops, since it is the cell as a whole that is full. A
/// request takes one compare-and-exchange at its start, an atomic subtraction and a short lock at its end.
///
/// A place that one loop frees is seen by another when that one next looks: after its own requests, and at a tick
/// while its `AdmissionQueue` is not empty.
final class SharedConcurrency: Sendable {
    private let places = Atomic<Int>(0)
    private let published: Atomic<Int>
    private let state: Locked<ConcurrencyLimit>

    init(_ settings: ConcurrencySettings = ConcurrencySettings()) {
        let initial = ConcurrencyLimit(settings)
        published = Atomic(initial.limit)
        state = Locked(initial)
    }

    var inFlight: Int { places.load(ordering: .relaxed) }
    var limit: Int { published.load(ordering: .relaxed) }

    /// Takes a place, if there is one.
    @inline(__always)
    func begin() -> Bool {
        let limit = limit
        var taken = places.load(ordering: .relaxed)
        while taken < limit {
            let (exchanged, original) = places.weakCompareExchange(
                expected: taken, desired: taken &+ 1, ordering: .relaxed)
            if exchanged { return true }
            taken = original
        }
        return false
    }

    /// Gives the place back. The latency is that at the cell; nil when it says nothing (the client left).
    func end(latencyNanos: Int64?, isDropped: Bool, now: Int64) {
        let before = places.wrappingSubtract(1, ordering: .relaxed).oldValue
        guard let latencyNanos else { return }
        state.withLock { state in
            if state.on(latencyNanos: latencyNanos, inFlight: before, isDropped: isDropped, now: now) {
                published.store(state.limit, ordering: .relaxed)
            }
        }
    }
}
