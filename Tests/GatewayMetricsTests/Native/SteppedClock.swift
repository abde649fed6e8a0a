import Synchronization

/// A clock that a test sets forward.
final class SteppedClock: Sendable {
    private let now = Atomic<UInt64>(1_000_000_000)

    var nanos: UInt64 { now.load(ordering: .relaxed) }

    func advance(seconds: UInt64) { now.wrappingAdd(seconds * 1_000_000_000, ordering: .relaxed) }
}
