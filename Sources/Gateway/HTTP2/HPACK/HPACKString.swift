/// A string literal as it stands in a block (RFC 7541 section 5.2).
struct HPACKString {
    var bytes: UnsafeRawBufferPointer
    /// With the Huffman code.
    var isCoded: Bool

    /// Reads the literal at `at`, which moves behind it.
    @inline(__always)
    static func read(_ block: UnsafeRawBufferPointer, _ at: inout Int) throws(HPACKFault) -> HPACKString {
        guard at < block.count else { throw .truncated }
        let isCoded = block[at] & 0x80 != 0
        let length = try HPACKInteger.read(block, &at, prefixBits: 7)
        guard length <= block.count &- at else { throw .truncated }
        let start = at
        at &+= length
        return HPACKString(bytes: block.part(start, at), isCoded: isCoded)
    }

    /// The room it needs once decoded.
    @inline(__always) var mostBytes: Int { isCoded ? HPACKHuffman.mostBytes(coded: bytes.count) : bytes.count }

    /// Decodes it into memory of at least ``mostBytes``; gives its length.
    @inline(__always)
    func copy(into room: UnsafeMutableRawBufferPointer, _ huffman: HPACKHuffman) throws(HPACKFault) -> Int {
        if isCoded { return try huffman.decode(bytes, into: room) }
        room.copyMemory(from: bytes)
        return bytes.count
    }
}
