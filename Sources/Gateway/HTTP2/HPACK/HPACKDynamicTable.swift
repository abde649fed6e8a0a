/// The dynamic table of one direction (RFC 7541 section 2.3.2), the newest entry first.
///
/// Hot path: benchmark `gateway`. Names and values lie in one queue of bytes; an entry costs no allocation once the
/// queue and the ring have grown to the table's size.
struct HPACKDynamicTable: ~Copyable {
    /// One name and value, and their hashes where the table belongs to an encoder.
    private struct Entry {
        /// Of all bytes that ever went into the table.
        var start = 0
        var nameBytes: UInt32 = 0
        var valueBytes: UInt32 = 0
        var nameHash: UInt32 = 0
        var pairHash: UInt32 = 0
    }

    /// What each entry counts besides its bytes (section 4.1).
    static let overheadBytes = 32

    private var bytes = ByteQueue()
    /// A ring; its size is a power of two.
    private var ring: [Entry] = []
    private var oldest = 0
    /// Of all bytes that ever went into the table: where the oldest entry begins.
    private var front = 0
    private(set) var count = 0
    private(set) var sizeBytes = 0
    private(set) var limitBytes: Int

    init(limitBytes: Int) { self.limitBytes = limitBytes }

    /// Changes the maximum size; entries beyond it go.
    mutating func setLimit(_ limitBytes: Int) {
        self.limitBytes = limitBytes
        evict(to: limitBytes)
    }

    /// An entry by its age, 0 being the newest.
    @inline(__always)
    func pair(_ age: Int) -> HPACKPair? {
        guard age >= 0, age < count else { return nil }
        return pair(entry(age))
    }

    /// Adds an entry. One that is larger than the table only empties it (section 4.4). The bytes lie outside the table.
    @inline(__always)
    mutating func insert(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, nameHash: UInt32 = 0, pairHash: UInt32 = 0
    ) {
        let added = name.count &+ value.count &+ Self.overheadBytes
        guard added <= limitBytes else { return evict(to: 0) }
        if sizeBytes &+ added > limitBytes { evict(to: limitBytes &- added) }
        if count == ring.count { widen() }
        let start = front &+ bytes.count
        bytes.append(name)
        bytes.append(value)
        ring[(oldest &+ count) & (ring.count &- 1)] = Entry(
            start: start, nameBytes: UInt32(truncatingIfNeeded: name.count),
            valueBytes: UInt32(truncatingIfNeeded: value.count), nameHash: nameHash, pairHash: pairHash)
        count &+= 1
        sizeBytes &+= added
    }

    /// Where a pair and a name stand, by their hashes; -1 is nowhere.
    @inline(__always)
    func find(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, nameHash: UInt32, pairHash: UInt32
    ) -> (pair: Int, name: Int) {
        var named = -1
        var age = 0
        while age < count {
            let candidate = entry(age)
            if candidate.nameHash == nameHash {
                let found = pair(candidate)
                if found.name.isEqual(name) {
                    if candidate.pairHash == pairHash, found.value.isEqual(value) { return (age, age) }
                    if named < 0 { named = age }
                }
            }
            age &+= 1
        }
        return (-1, named)
    }

    @inline(__always)
    private func entry(_ age: Int) -> Entry {
        ring[(oldest &+ count &- 1 &- age) & (ring.count &- 1)]
    }

    @inline(__always)
    private func pair(_ entry: Entry) -> HPACKPair {
        let start = entry.start &- front
        let middle = start &+ Int(entry.nameBytes)
        let all = bytes.readable
        return HPACKPair(name: all.part(start, middle), value: all.part(middle, middle &+ Int(entry.valueBytes)))
    }

    private mutating func evict(to limit: Int) {
        while sizeBytes > limit, count > 0 {
            let entry = ring[oldest]
            let length = Int(entry.nameBytes) + Int(entry.valueBytes)
            bytes.consume(length)
            front += length
            sizeBytes -= length + Self.overheadBytes
            oldest = (oldest + 1) & (ring.count - 1)
            count -= 1
        }
    }

    private mutating func widen() {
        var wider: [Entry] = []
        wider.reserveCapacity(max(8, ring.count * 2))
        for age in stride(from: count - 1, through: 0, by: -1) { wider.append(entry(age)) }
        while wider.count < max(8, ring.count * 2) { wider.append(Entry()) }
        ring = wider
        oldest = 0
    }
}
