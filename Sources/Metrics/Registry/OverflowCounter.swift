import Synchronization

/// How many uses lost the value of one label for want of room: lookups in all families that have the label, and requests
/// of values that have no place under a ``BoundedLabel``.
final class OverflowCounter: Sendable {
    let label: String
    private let lookups = Atomic<UInt64>(0)

    init(label: String) { self.label = label }

    func count(_ amount: UInt64 = 1) { lookups.wrappingAdd(amount, ordering: .relaxed) }

    var value: UInt64 { lookups.load(ordering: .relaxed) }
}
