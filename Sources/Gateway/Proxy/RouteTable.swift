import GatewayMetrics

/// From the bytes of a cell's name to the cell, on one event loop; made anew whenever the cells change.
///
/// Hot path: benchmark `gateway`. Open addressing, never more than half full. Slots and names stand apart from the cells,
/// so that a cell is found before anything of it has come from memory.
struct RouteTable {
    private struct Slot {
        var hash: UInt64 = 0
        /// Where the name begins, behind its length.
        var name: UInt32 = 0
        /// Position among the cells; -1 in an empty slot.
        var cell: Int32 = -1
    }

    private var slots: [Slot]
    private let mask: Int
    private var names: [UInt8] = []
    private let parts: PrefetchTable
    let cells: [LoopCell]

    /// What counting touches is that of the shard.
    init(_ cells: [LoopCell], shard: Shard = .shared) {
        var size = 8
        while size < cells.count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
        mask = size - 1
        self.cells = cells
        parts = PrefetchTable(cells.map { $0.parts(on: shard) })
        for (number, cell) in cells.enumerated() {
            var index = Int(truncatingIfNeeded: cell.hash) & mask
            while slots[index].cell >= 0 { index = (index + 1) & mask }
            slots[index] = Slot(hash: cell.hash, name: UInt32(names.count), cell: Int32(number))
            names.append(UInt8(truncatingIfNeeded: cell.name.count))
            names.append(contentsOf: cell.name.bytes)
        }
    }

    /// The position of the cell among ``cells``. With `prefetches` it asks for what a request to the cell needs.
    @inline(__always)
    func find(_ bytes: Span<UInt8>, _ name: ByteSlice, prefetches: Bool = false) -> Int? {
        guard name.count >= 1, name.count <= 63 else { return nil }
        let hash = ByteHash.hash(bytes, name)
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index].cell >= 0 {
            let slot = slots[index]
            if slot.hash == hash {
                // Before the name has come from memory: it is the right one but for one in 2^64.
                if prefetches { parts.run(Int(slot.cell)) }
                if isNamed(slot, bytes, name) { return Int(slot.cell) }
            }
            index = (index + 1) & mask
        }
        return nil
    }

    private func isNamed(_ slot: Slot, _ bytes: Span<UInt8>, _ name: ByteSlice) -> Bool {
        let start = Int(slot.name)
        guard Int(names[start]) == name.count else { return false }
        for offset in 0..<name.count where names[start + 1 + offset] != bytes[name.lower + offset] { return false }
        return true
    }
}

/// Where a path leads.
enum RouteClass: Equatable {
    /// `/api/v1/<cell>` or below; the slice is the cell's name as sent.
    case cell(ByteSlice)
    /// Anything else: a local route or nothing.
    case local

    static func classify(_ bytes: Span<UInt8>, _ path: ByteSlice) -> RouteClass {
        let prefix: StaticString = "/api/v1/"
        let length = prefix.utf8CodeUnitCount
        guard path.count > length else { return .local }
        for index in 0..<length where bytes[path.lower + index] != prefix.utf8Start[index] { return .local }
        let start = path.lower + length
        var end = start
        while end < path.upper, bytes[end] != 0x2F { end += 1 }
        return end > start ? .cell(ByteSlice(start, end)) : .local
    }
}
