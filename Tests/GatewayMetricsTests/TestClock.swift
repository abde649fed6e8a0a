import Synchronization

/// A clock that a test moves.
final class TestClock: Sendable {
    private let time = Atomic<UInt64>(0)

    var nanos: UInt64 { time.load(ordering: .relaxed) }

    func advance(_ nanos: UInt64) { time.wrappingAdd(nanos, ordering: .relaxed) }
}
