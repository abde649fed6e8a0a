import Synchronization

/// A clock that goes on by a step at each look.
final class SteppingClock: Sendable {
    private let time = Atomic<UInt64>(0)
    func next(by step: UInt64) -> UInt64 { time.wrappingAdd(step, ordering: .relaxed).newValue }
}
