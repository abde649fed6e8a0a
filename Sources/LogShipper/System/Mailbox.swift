import Locking

/// Hands values from any thread to one that takes them all at once.
final class Mailbox<Value: Sendable>: Sendable {
    private let values = Locked<[Value]>([])

    /// Returns whether the box was empty, that is, whether the taker needs waking.
    @discardableResult
    func post(_ value: Value) -> Bool {
        values.withLock { values in
            values.append(value)
            return values.count == 1
        }
    }

    /// Takes everything, in the order posted.
    func takeAll() -> [Value] {
        values.withLock { values in
            guard !values.isEmpty else { return [] }
            let taken = values
            values = []
            return taken
        }
    }
}
