import Exposition
import Synchronization

/// The children of a family, whatever their type: lookup, creation, limit, removal.
public final class FamilyStore: Sendable {
    /// What the family was declared to be.
    public let descriptor: FamilyDescriptor
    /// What its children have in common.
    @usableFromInline
    let shape: InstrumentShape
    let table: SeriesTable
    let context: StoreContext
    /// Labels of the family.
    let labelCount: Int
    /// How many lookups were counted under another series for want of room, by the label that was replaced.
    let overflowCounters: [OverflowCounter]
    /// The key whose values are all `_other`, and its hash.
    let othersKey: [UInt8]
    let othersHash: UInt64
    /// Which label values there are; made when the family first is full.
    let known = KnownValuesReference()
    /// Labels, as bits, whose values are bounded elsewhere: they keep them when the family is full.
    let keptLabels = Atomic<UInt64>(0)

    init(_ descriptor: FamilyDescriptor, context: StoreContext) {
        self.descriptor = descriptor
        self.context = context
        let shape = InstrumentShape(
            descriptor, clock: context.clock, wallClock: context.wallClock, refusals: context.refusals)
        self.shape = shape
        table = SeriesTable(
            SeriesTable.Shape(
                instrument: shape, prefix: LinePrefix(descriptor), tracksIdle: descriptor.idleExpiryNanos != nil),
            limits: SeriesLimits(descriptor), context: context)
        let others = descriptor.labels.map { _ in FamilyStore.overflowValue }
        othersKey = LabelKey.key(of: others)
        othersHash = othersKey.withUnsafeBytes { [table] in table.hash.hash(ofKey: $0) }
        labelCount = descriptor.labels.count
        overflowCounters = descriptor.labels.map { context.refusals.overflowCounter(label: $0) }
    }

    /// The cells of the child with these values, made if need be.
    @usableFromInline
    func bind(_ values: UnsafeBufferPointer<String>) -> CellHandle {
        resolve(values).cells
    }

    /// Cells, and whether they belong to the values alone.
    @usableFromInline
    struct Resolution {
        @usableFromInline let cells: CellHandle
        @usableFromInline let isOwn: Bool
    }

    /// The same, and whose cells they are.
    @usableFromInline @inline(__always)
    func resolve(_ values: UnsafeBufferPointer<String>) -> Resolution {
        guard values.count == labelCount else {
            context.refusals.reject(.arity)
            return Resolution(cells: .inert, isOwn: false)
        }
        let found = table.find(values)
        if let cells = found.cells { return Resolution(cells: cells, isOwn: true) }
        return make(values, hash: found.hash)
    }

    /// The way for children that are not found at once.
    @inline(never)
    private func make(_ values: UnsafeBufferPointer<String>, hash: UInt64?) -> Resolution {
        guard let size = LabelKey.size(of: values) else {
            context.refusals.reject(.labelValueTooLong)
            return Resolution(cells: shortened(values), isOwn: false)
        }
        return LabelKey.withKey(of: values, size: size) { resolve($0, hash: hash ?? table.hash.hash(ofKey: $0)) }
    }

    func resolve(_ key: UnsafeRawBufferPointer, hash: UInt64) -> Resolution {
        if !table.isCertainlyRefused(key, hash: hash), let cells = table.findOrMake(key, hash: hash) {
            known.load()?.add(key)
            return Resolution(cells: cells, isOwn: true)
        }
        return Resolution(cells: overflow(key), isOwn: false)
    }

    /// Makes the series vanish; handles that are still around write nothing any more.
    @usableFromInline
    func remove(_ values: UnsafeBufferPointer<String>) -> Bool {
        guard values.count == labelCount, let size = LabelKey.size(of: values) else { return false }
        return LabelKey.withKey(of: values, size: size) { table.remove($0) }
    }

    /// Children at the moment.
    var seriesCount: Int { table.count }
}
