/// Reads header blocks (RFC 7541), one after the other in the order of the connection.
///
/// Hot path: benchmark `gateway`. Fields go into a ``HeaderBlock``; what its limits do not take is still read, so that
/// the table stays in step with the peer's.
struct HPACKDecoder: ~Copyable {
    /// The table size before any settings (RFC 9113 section 6.5.2).
    static let initialTableBytes = 4_096

    private var table = HPACKDynamicTable(limitBytes: initialTableBytes)
    /// What a size update may ask for.
    private var allowedBytes = initialTableBytes
    private var updateIsDue = false
    private let constants = HPACKStaticTable.shared
    private let huffman = HPACKHuffman.shared

    init() {}

    /// Of the dynamic table.
    var tableBytes: Int { table.sizeBytes }

    /// Our SETTINGS_HEADER_TABLE_SIZE is on its way: a larger table may be used from now on, a smaller one must be when
    /// it is acknowledged.
    mutating func announce(tableBytes: Int) { allowedBytes = max(allowedBytes, tableBytes) }

    /// The peer has acknowledged our SETTINGS_HEADER_TABLE_SIZE.
    mutating func acknowledge(tableBytes: Int) {
        allowedBytes = tableBytes
        updateIsDue = table.limitBytes > tableBytes
    }

    /// Reads a whole block.
    mutating func decode(_ block: UnsafeRawBufferPointer, into headers: inout HeaderBlock) throws(HPACKFault) {
        var at = 0
        try updateSize(block, &at)
        while at < block.count {
            let byte = block[at]
            if byte & 0x80 != 0 {
                try indexed(try HPACKInteger.read(block, &at, prefixBits: 7), &headers)
            } else if byte & 0x40 != 0 {
                let index = try HPACKInteger.read(block, &at, prefixBits: 6)
                try literal(block, &at, index, &headers, indexing: true, sensitive: false)
            } else if byte & 0x20 != 0 {
                throw .tableUpdateLate
            } else {
                let index = try HPACKInteger.read(block, &at, prefixBits: 4)
                try literal(block, &at, index, &headers, indexing: false, sensitive: byte & 0x10 != 0)
            }
        }
    }

    /// Size updates stand before the first field (RFC 7541 section 4.2).
    @inline(__always)
    private mutating func updateSize(_ block: UnsafeRawBufferPointer, _ at: inout Int) throws(HPACKFault) {
        while at < block.count, block[at] & 0xE0 == 0x20 {
            let size = try HPACKInteger.read(block, &at, prefixBits: 5)
            guard size <= allowedBytes else { throw .tableUpdateTooLarge }
            table.setLimit(size)
            updateIsDue = false
        }
        if updateIsDue { throw .tableUpdateMissing }
    }

    @inline(__always)
    private func pair(_ index: Int) throws(HPACKFault) -> HPACKPair {
        guard index > 0 else { throw .index }
        if index <= HPACKStaticTable.count { return constants.pair(index) }
        guard let pair = table.pair(index &- HPACKStaticTable.count &- 1) else { throw .index }
        return pair
    }

    @inline(__always)
    private func indexed(_ index: Int, _ headers: inout HeaderBlock) throws(HPACKFault) {
        let pair = try pair(index)
        let room = headers.reserve(pair.name.count &+ pair.value.count)
        room.copyMemory(from: pair.name)
        UnsafeMutableRawBufferPointer(rebasing: room[pair.name.count...]).copyMemory(from: pair.value)
        try headers.add(nameBytes: pair.name.count, valueBytes: pair.value.count, sensitive: false)
    }

    /// A literal field: its name by index or spelt out, then its value (section 6.2).
    private mutating func literal(
        _ block: UnsafeRawBufferPointer, _ at: inout Int, _ index: Int, _ headers: inout HeaderBlock,
        indexing: Bool, sensitive: Bool
    ) throws(HPACKFault) {
        var name = HPACKString(bytes: UnsafeRawBufferPointer(start: nil, count: 0), isCoded: false)
        if index == 0 {
            name = try HPACKString.read(block, &at)
        } else {
            name.bytes = try pair(index).name
        }
        let value = try HPACKString.read(block, &at)
        let room = headers.reserve(name.mostBytes &+ value.mostBytes)
        let nameBytes = try name.copy(into: room, huffman)
        let rest = UnsafeMutableRawBufferPointer(rebasing: room[nameBytes...])
        let valueBytes = try value.copy(into: rest, huffman)
        if indexing {
            let written = UnsafeRawBufferPointer(room)
            table.insert(written.part(0, nameBytes), written.part(nameBytes, nameBytes &+ valueBytes))
        }
        try headers.add(nameBytes: nameBytes, valueBytes: valueBytes, sensitive: sensitive)
    }
}
