import Synchronization

/// What several threads count together.
final class Counts: Sendable {
    private let sum = Atomic<Int>(0)
    private let ended = Atomic<Int>(0)
    var total: Int { sum.load(ordering: .sequentiallyConsistent) }
    var finished: Int { ended.load(ordering: .sequentiallyConsistent) }
    func add() { sum.add(1, ordering: .relaxed) }
    func finish() { ended.add(1, ordering: .sequentiallyConsistent) }
}
