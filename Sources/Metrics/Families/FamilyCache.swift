/// Children of a family by interned label values, for one thread.
///
/// ```swift
/// let erp = registry.intern("erp"), get = registry.intern("GET")
/// let cache = requests.cache()                       // one for each event loop or thread
/// cache.child([tenant.id, erp, get]).increment(on: shard)
/// ```
/// A lookup reads memory of this thread only, and the child's generation. A child whose series was removed meanwhile is
/// looked up again; a label set that has no series of its own because the family is full is asked for each time, so
/// that it gets one when there is room. The number of entries is bounded; a full cache forgets the entry in the way.
///
/// Hot path: ``child(_:)``; the benchmark is `bind_ids` in Benchmarks/MetricsBench.
public final class FamilyCache<let arity: Int, Child: Instrument> {
    @usableFromInline
    struct Entry {
        @usableFromInline var ids: InlineArray<arity, LabelValue>
        /// Inert in an entry that is free.
        @usableFromInline var cells: CellHandle

        @usableFromInline
        init(ids: InlineArray<arity, LabelValue>, cells: CellHandle) {
            self.ids = ids
            self.cells = cells
        }
    }

    /// Where the entries are; in memory of its own, so that reading it needs no check for exclusive access.
    @usableFromInline
    struct Table {
        @usableFromInline var entries: UnsafeMutablePointer<Entry>
        /// What is left of a hash after this shift is the first place of an entry.
        @usableFromInline var shift: UInt64
    }

    @usableFromInline let store: FamilyStore
    @usableFromInline let table: UnsafeMutablePointer<Table>
    private let maxBits: Int

    /// Places that are looked at from the first one on; as many more lie behind the last first place.
    @usableFromInline static var window: Int { 8 }

    init(_ store: FamilyStore, maxEntries: Int) {
        self.store = store
        let bits = Int.bitWidth - (min(max(maxEntries, 16), 1 << 20) - 1).leadingZeroBitCount
        // Half of the places stay free, or lookups would get in each other's way.
        maxBits = bits + 1
        table = .allocate(capacity: 1)
        table.initialize(to: FamilyCache.makeTable(bits: min(maxBits, 5)))
    }

    deinit {
        table.pointee.entries.deallocate()
        table.deallocate()
    }

    private static func makeTable(bits: Int) -> Table {
        let count = 1 << bits + window
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: count)
        entries.initialize(repeating: Entry(ids: InlineArray(repeating: .other), cells: .inert), count: count)
        return Table(entries: entries, shift: UInt64(64 - bits))
    }

    /// The child with these values, in the order of the declaration.
    @inlinable @inline(__always)
    public func child(_ ids: InlineArray<arity, LabelValue>) -> Child {
        let hash = FamilyCache.hash(ids)
        var entry = table.pointee.entries + Int(truncatingIfNeeded: hash >> table.pointee.shift)
        let end = entry + FamilyCache.window
        while entry != end {
            if FamilyCache.isSame(entry.pointee.ids, ids), entry.pointee.cells.isLive {
                return Child(cells: entry.pointee.cells, shape: store.shape)
            }
            entry += 1
        }
        return Child(cells: bind(ids, hash: hash), shape: store.shape)
    }

    @inlinable @inline(__always)
    static func isSame(_ left: InlineArray<arity, LabelValue>, _ right: InlineArray<arity, LabelValue>) -> Bool {
        var difference: UInt32 = 0
        for index in 0..<arity { difference |= left[index].id ^ right[index].id }
        return difference == 0
    }

    /// The uppermost bits depend on all ids: each pair is multiplied by itself, so that nothing waits for another.
    @inlinable @inline(__always)
    static func hash(_ ids: InlineArray<arity, LabelValue>) -> UInt64 {
        var hash: UInt64 = 0
        var index = 0
        while index < arity {
            let low = UInt64(ids[index].id)
            let high = index &+ 1 < arity ? UInt64(ids[index &+ 1].id) : 0
            let turned = hash << 7 | hash >> 57
            hash = turned ^ ((low | high << 32) &* 0x9E37_79B9_7F4A_7C15)
            index &+= 2
        }
        return hash
    }

    /// Looks the child up by its strings and remembers it.
    @usableFromInline @inline(never)
    func bind(_ ids: InlineArray<arity, LabelValue>, hash: UInt64) -> CellHandle {
        let values = (0..<arity).map { store.context.interned.value(ids[$0]) }
        let found = values.withUnsafeBufferPointer { store.resolve($0) }
        if found.isOwn { insert(Entry(ids: ids, cells: found.cells), hash: hash) }
        return found.cells
    }

    private func insert(_ entry: Entry, hash: UInt64) {
        while true {
            let home = table.pointee.entries + Int(truncatingIfNeeded: hash >> table.pointee.shift)
            if let free = (0..<FamilyCache.window).first(where: { !home[$0].cells.isLive }) {
                home[free] = entry
                return
            }
            guard 64 - Int(table.pointee.shift) < maxBits else {
                home[Int(truncatingIfNeeded: hash & 7) % FamilyCache.window] = entry
                return
            }
            grow()
        }
    }

    /// Doubles the places; an entry that finds none in the new table is looked up again when it is needed.
    private func grow() {
        let old = table.pointee
        table.pointee = FamilyCache.makeTable(bits: 65 - Int(old.shift))
        for position in 0..<1 << Int(64 - old.shift) + FamilyCache.window where old.entries[position].cells.isLive {
            let entry = old.entries[position]
            let home = table.pointee.entries + Int(truncatingIfNeeded: FamilyCache.hash(entry.ids) >> (old.shift - 1))
            if let free = (0..<FamilyCache.window).first(where: { !home[$0].cells.isLive }) { home[free] = entry }
        }
        old.entries.deallocate()
    }
}

@available(*, unavailable)
extension FamilyCache: Sendable {}

extension Family {
    /// A cache of children by interned values (``MetricsRegistry/intern(_:)``), for use by one thread.
    ///
    /// - Parameter maxEntries: how many children it remembers at least, if their hashes are kind; at most 1,048,576. It
    ///   grows to twice as many places of 16 bytes and 4 for each label, and starts with 32.
    public func cache(maxEntries: Int = 1024) -> FamilyCache<arity, Child> {
        FamilyCache(store, maxEntries: maxEntries)
    }
}
