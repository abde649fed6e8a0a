/// From the bytes of a cell's name to the cell, on one event loop; made anew whenever the cells change.
///
/// Hot path: benchmark `gateway`. Open addressing, never more than half full.
struct RouteTable {
    private var slots: [LoopCell?]
    private let mask: Int
    let cells: [LoopCell]

    init(_ cells: [LoopCell]) {
        var size = 8
        while size < cells.count * 2 { size *= 2 }
        var slots = [LoopCell?](repeating: nil, count: size)
        let mask = size - 1
        for cell in cells {
            var index = Int(truncatingIfNeeded: cell.hash) & mask
            while slots[index] != nil { index = (index + 1) & mask }
            slots[index] = cell
        }
        self.slots = slots
        self.mask = mask
        self.cells = cells
    }

    func find(_ bytes: Span<UInt8>, _ name: ByteSlice) -> LoopCell? {
        guard name.count >= 1, name.count <= 63 else { return nil }
        let hash = ByteHash.hash(bytes, name)
        var index = Int(truncatingIfNeeded: hash) & mask
        while let cell = slots[index] {
            if cell.hash == hash, cell.matches(bytes, name) { return cell }
            index = (index + 1) & mask
        }
        return nil
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
