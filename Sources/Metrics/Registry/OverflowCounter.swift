import Synchronization

/// How many lookups lost the value of one label for want of room, in all families that have the label.
final class OverflowCounter: Sendable {
    let label: String
    private let lookups = Atomic<UInt64>(0)

    init(label: String) { self.label = label }

    func count() { lookups.wrappingAdd(1, ordering: .relaxed) }

    var value: UInt64 { lookups.load(ordering: .relaxed) }
}
