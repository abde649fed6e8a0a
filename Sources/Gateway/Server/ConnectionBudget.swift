import Synchronization

/// How many client connections may be open over all event loops.
final class ConnectionBudget: Sendable {
    let limit: Int
    private let used = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// False when there is no room.
    func take() -> Bool {
        let before = used.wrappingAdd(1, ordering: .relaxed).oldValue
        guard before >= limit else { return true }
        release()
        return false
    }

    func release() { used.wrappingSubtract(1, ordering: .relaxed) }

    var inUse: Int { used.load(ordering: .relaxed) }
}
