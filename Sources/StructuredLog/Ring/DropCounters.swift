import Synchronization

/// Lines dropped by one ring, by reason.
final class DropCounters: Sendable {
    private let ringFull = Atomic<Int>(0)
    private let writeError = Atomic<Int>(0)
    private let closed = Atomic<Int>(0)

    func add(_ lines: Int, _ reason: DropReason) {
        switch reason {
        case .ringFull: ringFull.add(lines, ordering: .relaxed)
        case .writeError: writeError.add(lines, ordering: .relaxed)
        case .closed: closed.add(lines, ordering: .relaxed)
        }
    }

    subscript(reason: DropReason) -> Int {
        switch reason {
        case .ringFull: ringFull.load(ordering: .relaxed)
        case .writeError: writeError.load(ordering: .relaxed)
        case .closed: closed.load(ordering: .relaxed)
        }
    }
}
