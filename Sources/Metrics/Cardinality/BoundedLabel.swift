import Exposition
import Locking
import Synchronization

/// One label whose values come from outside, and which of them have series of their own.
///
/// Any number of families can use it. A thread asks its own ``LabelCache`` for the place of a request's value and
/// writes the series of that place; the label decides who has one (``LabelPolicy``):
///
/// 1. Provisioned values always have series. What names no value is `_none`.
/// 2. While fewer than half of the places are taken, a new value gets one at once.
/// 3. After that a value needs a count that guarantees ``LabelPolicy/guaranteedCount`` requests in the window. It comes
///    from a Space-Saving summary over all requests of unplaced values, which has a fixed number of counters.
/// 4. When all places are taken, it replaces the least busy placed value, if it is busier by a margin (25 %, at least 50
///    requests a window) than that one was in the better of the last two windows. A placed value stays for at least a
///    whole window. So two values of equal traffic do not take turns.
/// 5. A demoted value's series stay as they are for an hour and are counted on if it earns a place again. Then they
///    are removed from all governed families, and only after that the seat can be given away: a counter never moves
///    to another value. A value that comes back later starts new series.
/// 6. While ``LabelPolicy/frozenPlaces`` values are frozen nobody else is demoted, so places and frozen series together
///    are bounded, and no counter vanishes early.
/// 7. The rest is `_other`, and each such request counts in ``overflow``.
///
/// Memory does not depend on what comes: ``memoryBound(threads:)`` states it.
public final class BoundedLabel: Sendable {
    /// The value that all unplaced ones share.
    public static let other = "_other"
    /// The value of what names none, or a refused one.
    public static let none = "_none"

    /// The label's name in the families, for instance `tenant`.
    public let name: String
    /// The policy, within its ranges.
    public let policy: LabelPolicy
    /// Changes whenever a value gets or loses a place; a cache compares it before each use.
    let epoch = Atomic<UInt64>(0)
    let table: Locked<PlaceTable>
    let clock: MonotonicClock
    private let overflowed: OverflowCounter
    private let removers = Locked<[@Sendable (String) -> Void]>([])

    /// A label by itself; ``MetricsRegistry/boundedLabel(_:policy:)`` also counts it and keeps it up to date.
    ///
    /// - Parameters:
    ///   - name: the label's name in the families
    ///   - policy: clamped to its ranges
    ///   - clock: nanoseconds that never go back, for windows and frozen series
    public convenience init(
        _ name: String, policy: LabelPolicy, clock: @escaping MonotonicClock = MetricsRegistry.uptime
    ) {
        self.init(name, policy: policy, overflow: OverflowCounter(label: name), clock: clock)
    }

    init(_ name: String, policy: LabelPolicy, overflow: OverflowCounter, clock: @escaping MonotonicClock) {
        self.name = name
        overflowed = overflow
        self.policy = policy.clamped
        self.clock = clock
        table = Locked(PlaceTable(policy.clamped, nowNanos: clock()))
    }

    /// Removes a value's series from this family, too, when its time is over, and lets the label keep its values when
    /// the family is full.
    ///
    /// For each of ``LabelPolicy/valueBound`` values there is room for one series in which the other labels are
    /// `_other`, on top of the family's limits: so a value that has a place is counted by its name in any case.
    ///
    /// - Parameters:
    ///   - family: its limit grows to `combinations` series for each value
    ///   - combinations: how many sets of values the other labels may have together
    ///   - ceiling: the limit to which it grows at most
    /// - Throws: ``MetricError`` when the family has no label of this name
    public func govern<let arity: Int, Child: Instrument>(
        _ family: Family<arity, Child>, combinations: Int = 1, ceiling: Int = MetricsRegistry.defaultSeriesLimit
    ) throws(MetricError) {
        let name = name
        let descriptor = family.store.descriptor
        guard let position = descriptor.labels.firstIndex(ofExactly: name) else {
            throw MetricError(.missingLabel, family: descriptor.name, detail: name)
        }
        family.store.keep(label: position, values: policy.valueBound)
        family.raiseLimit(to: seriesLimit(combinations: combinations, ceiling: ceiling))
        removers.withLock { $0.append { family.remove(name, equals: $0) } }
    }

    /// The limit that a family with so many sets of other labels' values needs, if it is below `ceiling`.
    public func seriesLimit(combinations: Int, ceiling: Int) -> Int {
        let (product, overflow) = policy.valueBound.multipliedReportingOverflow(by: max(combinations, 1))
        return min(overflow ? .max : product, ceiling)
    }

    /// A thread's copy of the placed values.
    public func makeCache() -> LabelCache { LabelCache(self) }

    /// The value that a place stands for, or nil when its series have been removed since.
    public func text(of place: LabelPlace) -> String? { table.withLock { $0.text(of: place) } }

    /// Removes the series of those whose time is over. Takes as long as finding series by a value takes; any thread.
    ///
    /// A registry calls it with each scrape. Whoever is not sure to be scraped calls it now and then.
    public func removeDue() {
        let now = clock()
        let due = table.withLock { $0.takeDue(at: now) }
        guard !due.isEmpty else { return }
        let removers = removers.withLock { $0 }
        for leaver in due { for remove in removers { remove(leaver.text) } }
        table.withLock { table in for leaver in due { table.leave(leaver.seat) } }
    }

    /// Requests counted as `_other` so far; a cache reports its own when it flushes. In a registry it is the sum for all
    /// families and labels of this name.
    public var overflow: UInt64 { overflowed.value }

    /// Values that have a place, without the provisioned ones, and values that are frozen.
    public var occupancy: (placed: Int, frozen: Int) { table.withLock { ($0.placed, $0.frozen) } }

    /// Demotions that did not happen because too many values were frozen.
    public var refusedDemotions: UInt64 { table.withLock { $0.refusedDemotions } }

    func countOverflow(_ amount: UInt64) { overflowed.count(amount) }

    /// Lets the caches know; under the lock.
    func publish(_ table: borrowing PlaceTable) { epoch.store(table.changes.count, ordering: .releasing) }

    /// The most bytes that the label and the caches of so many threads take, whatever values come. Series are extra:
    /// at most ``LabelPolicy/valueBound`` values have some.
    public func memoryBound(threads: Int) -> Int {
        let seats = policy.valueBound
        let shared =
            seats * (MemoryLayout<PlaceTable.Seat>.stride + MemoryLayout<Int>.stride)
            + ValueRows.byteCount(rows: seats, longest: policy.longestValueBytes) + HashIndex.byteCount(rows: seats)
            + SpaceSaving.byteCount(counters: policy.counters, longestValueBytes: policy.longestValueBytes)
            + SeatChanges.kept * MemoryLayout<Int>.stride
        return shared + threads * LabelCache.byteCount(policy)
    }

    /// What a program logs when it starts, for instance `provisioned: 3, places: 200, …`.
    public func summary(threads: Int) -> [(key: String, value: String)] {
        [
            ("label", name), ("provisioned", "\(policy.provisioned.count)"), ("places", "\(policy.places)"),
            ("frozen_places", "\(policy.frozenPlaces)"), ("values_at_most", "\(policy.valueBound)"),
            ("counters", "\(policy.counters)"), ("window_seconds", "\(policy.windowNanos / 1_000_000_000)"),
            ("memory_bound_bytes", "\(memoryBound(threads: threads))"),
        ]
    }
}
