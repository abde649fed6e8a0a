import Exposition
import Locking

/// The children of a family, whatever their type: lookup, creation, limit, removal.
public final class FamilyStore: Sendable {
    /// What the family was declared to be.
    public let descriptor: FamilyDescriptor
    /// What its children have in common.
    @usableFromInline
    let shape: InstrumentShape
    let table = Locked(SeriesTable())
    private let prefix: LinePrefix
    private let slabs: SlabAllocator
    private let refusals: Refusals
    private let quarantine: Locked<CellQuarantine>
    /// The label with the most different values, found when the limit was first reached.
    private let widestLabel = Locked<String?>(nil)

    init(_ descriptor: FamilyDescriptor, slabs: SlabAllocator, refusals: Refusals, clock: @escaping MonotonicClock) {
        self.descriptor = descriptor
        shape = InstrumentShape(descriptor, clock: clock, refusals: refusals)
        prefix = LinePrefix(descriptor)
        self.slabs = slabs
        self.refusals = refusals
        quarantine = Locked(CellQuarantine(clock: clock))
    }

    /// The cells of the child with these values, made if need be.
    @usableFromInline
    func bind(_ values: UnsafeBufferPointer<String>) -> CellHandle {
        guard values.count == descriptor.labels.count else {
            refusals.reject(.arity)
            return .inert
        }
        guard let size = LabelKey.size(of: values) else {
            refusals.reject(.labelValueTooLong)
            return overflowCells()
        }
        return LabelKey.withKey(of: values, size: size) { bind($0) }
    }

    /// Makes the series vanish; handles that are still around write nothing any more.
    @usableFromInline
    func remove(_ values: UnsafeBufferPointer<String>) -> Bool {
        guard values.count == descriptor.labels.count, let size = LabelKey.size(of: values) else { return false }
        return LabelKey.withKey(of: values, size: size) { key in
            let hash = KeyedHash.hash(key)
            return table.withLock { table in
                guard let record = table.remove(key, hash: hash) else { return false }
                let generation = record.cells.retire()
                quarantine.withLock { $0.add(record.cells, generation: generation, shards: slabs.shards) }
                record.free()
                return true
            }
        }
    }

    /// Children at the moment.
    var seriesCount: Int { table.withLock { $0.count } }

    private func bind(_ key: UnsafeRawBufferPointer) -> CellHandle {
        let hash = KeyedHash.hash(key)
        let found = table.withLock { table -> CellHandle? in
            if let record = table.find(key, hash: hash) { return record.cells }
            guard table.count < descriptor.seriesLimit else { return nil }
            return create(key, hash: hash, in: &table)
        }
        if let found { return found }
        refusals.overflow(label: widest())
        return overflowCells()
    }

    /// The series in which everything beyond the limit is counted; it comes on top of the limit.
    private func overflowCells() -> CellHandle {
        let values = Array(repeating: FamilyStore.overflowValue, count: descriptor.labels.count)
        let size = values.count * (LabelKey.headerBytes + FamilyStore.overflowValue.utf8.count)
        return values.withUnsafeBufferPointer { values in
            LabelKey.withKey(of: values, size: size) { key in
                let hash = KeyedHash.hash(key)
                return table.withLock { table in
                    table.find(key, hash: hash)?.cells ?? create(key, hash: hash, in: &table)
                }
            }
        }
    }

    /// The value that every label of the overflow series has.
    static let overflowValue = "_other"

    private func create(_ key: UnsafeRawBufferPointer, hash: UInt64, in table: inout SeriesTable) -> CellHandle {
        let cells = quarantine.withLock { $0.take() } ?? slabs.allocate(shape.cellsPerChild)
        cells.prepare(shape)
        prefix.withText(of: key) { text in
            table.insert(SeriesRecord(cells: cells, hash: hash, key: key, text: text))
        }
        return cells
    }

    /// Which label to blame: the one with the most different values when the limit was reached.
    private func widest() -> String {
        widestLabel.withLock { known in
            if let known { return known }
            var values = descriptor.labels.map { _ in Set<String>() }
            table.withLock { table in
                for case let record? in table.records {
                    for (position, value) in LabelKey.values(of: record.key).enumerated() {
                        values[position].insert(value)
                    }
                }
            }
            let widest = values.enumerated().max { $0.element.count < $1.element.count }?.offset
            let label = widest.map { descriptor.labels[$0] } ?? ""
            known = label
            return label
        }
    }

    deinit {
        table.withLock { table in
            for case let record? in table.records { record.free() }
        }
    }
}
