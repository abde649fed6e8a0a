import Synchronization

/// How many series a family may have; grows only (``Family/raiseLimit(to:)``). Any thread.
final class SeriesLimits: Sendable {
    private let ownLimit: Atomic<Int>
    private let overflowLimit: Atomic<Int>
    private let reservedLimit = Atomic<Int>(0)
    private let hasLabels: Bool
    private let hasSeveral: Bool

    init(_ descriptor: FamilyDescriptor) {
        hasLabels = !descriptor.labels.isEmpty
        hasSeveral = descriptor.labels.count > 1
        let limit = hasLabels ? descriptor.seriesLimit : min(descriptor.seriesLimit, 1)
        ownLimit = Atomic(limit)
        overflowLimit = Atomic(SeriesLimits.overflow(descriptor.seriesLimit, hasSeveral))
    }

    private static func overflow(_ limit: Int, _ hasSeveral: Bool) -> Int {
        hasSeveral ? min(max(limit, 0), Int(UInt32.max)) / 8 + 4 : 0
    }

    /// Series before new ones are refused, without the overflow series.
    var own: Int { ownLimit.load(ordering: .acquiring) }
    /// Overflow series on top, besides the one with only `_other`: an eighth of the limit where a label can be replaced.
    var overflow: Int { overflowLimit.load(ordering: .acquiring) }
    /// Series on top of these in which all labels but the bounded ones are `_other`.
    var reserved: Int { reservedLimit.load(ordering: .acquiring) }

    /// Removed series that may rest at the same time; beyond, new ones have no room until a minute is over.
    var rest: Int { max(min(own, Int(UInt32.max)), 0) + 64 }

    /// All series, the one with only `_other` included; nil when there is no limit worth the name.
    var total: Int? { own > Int(UInt32.max) ? nil : max(own, 0) + overflow + reserved + 1 }

    func raise(to limit: Int) {
        guard hasLabels, limit > own else { return }
        ownLimit.store(limit, ordering: .releasing)
        overflowLimit.store(SeriesLimits.overflow(limit, hasSeveral), ordering: .releasing)
    }

    func reserve(_ count: Int) {
        guard hasLabels else { return }
        reservedLimit.wrappingAdd(min(max(count, 0), 1 << 24), ordering: .acquiringAndReleasing)
    }
}
