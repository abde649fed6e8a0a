/// Children of a family by interned label values, for one thread.
///
/// ```swift
/// let erp = registry.intern("erp"), get = registry.intern("GET")
/// let cache = requests.cache()                       // one for each event loop or thread
/// cache.child([tenant.id, erp, get]).increment(on: shard)
/// ```
/// A lookup reads memory of this thread only. A child whose series was removed meanwhile is looked up again; a label set
/// that has no series of its own because the family is full is asked for each time, so that it gets one when there is
/// room. The number of entries is bounded; a full cache forgets the entry that is in the way.
public final class FamilyCache<let arity: Int, Child: Instrument> {
    @usableFromInline
    struct Entry {
        @usableFromInline var ids: InlineArray<arity, LabelValue>
        /// Inert in an entry that is free.
        @usableFromInline var cells: CellHandle
    }

    @usableFromInline let store: FamilyStore
    /// Position of an entry's first place: the uppermost bits of the hash.
    @usableFromInline let shift: UInt64
    @usableFromInline let entries: UnsafeMutablePointer<Entry>

    /// Places that are looked at from the first one on.
    @usableFromInline static var window: Int { 4 }

    init(_ store: FamilyStore, maxEntries: Int) {
        self.store = store
        let bits = 64 - UInt64(min(max(maxEntries, 16), 1 << 20) - 1).leadingZeroBitCount
        shift = UInt64(64 - bits)
        let count = 1 << bits + FamilyCache.window
        entries = .allocate(capacity: count)
        entries.initialize(repeating: Entry(ids: InlineArray(repeating: .other), cells: .inert), count: count)
    }

    deinit { entries.deallocate() }

    /// The child with these values, in the order of the declaration.
    @inlinable @inline(__always)
    public func child(_ ids: InlineArray<arity, LabelValue>) -> Child {
        let home = entries + Int(truncatingIfNeeded: FamilyCache.hash(ids) >> shift)
        for offset in 0..<FamilyCache.window where FamilyCache.isSame(home[offset].ids, ids) {
            let cells = home[offset].cells
            if cells.isLive { return Child(cells: cells, shape: store.shape) }
        }
        return bind(ids, home)
    }

    @inlinable @inline(__always)
    static func isSame(_ left: InlineArray<arity, LabelValue>, _ right: InlineArray<arity, LabelValue>) -> Bool {
        var difference: UInt32 = 0
        for index in 0..<arity { difference |= left[index].id ^ right[index].id }
        return difference == 0
    }

    /// Two ids at a time are multiplied in; the uppermost bits are those that depend on all others.
    @inlinable @inline(__always)
    static func hash(_ ids: InlineArray<arity, LabelValue>) -> UInt64 {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var index = 0
        while index < arity {
            let low = UInt64(ids[index].id)
            let high = index &+ 1 < arity ? UInt64(ids[index &+ 1].id) : 0
            state = (state ^ (low | high << 32)) &* 0xD6E8_FEB8_6659_FD93
            state ^= state >> 32
            index &+= 2
        }
        return state &* 0xD6E8_FEB8_6659_FD93
    }

    @usableFromInline @inline(never)
    func bind(_ ids: InlineArray<arity, LabelValue>, _ home: UnsafeMutablePointer<Entry>) -> Child {
        let values = (0..<arity).map { store.context.interned.value(ids[$0]) }
        let found = values.withUnsafeBufferPointer { store.resolve($0) }
        if found.isOwn {
            let free = (0..<FamilyCache.window).first { !home[$0].cells.isLive }
            home[free ?? 0] = Entry(ids: ids, cells: found.cells)
        }
        return Child(cells: found.cells, shape: store.shape)
    }
}

@available(*, unavailable)
extension FamilyCache: Sendable {}

extension Family {
    /// A cache of children by interned values (``MetricsRegistry/intern(_:)``), for use by one thread.
    ///
    /// - Parameter maxEntries: how many children it remembers, rounded up to a power of two; at most 1,048,576
    public func cache(maxEntries: Int = 1024) -> FamilyCache<arity, Child> {
        FamilyCache(store, maxEntries: maxEntries)
    }
}
