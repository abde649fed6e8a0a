/// Walks over bytes of a block's file; every step is checked, and an error says where in the file it happened.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    private let path: String
    /// Where the bytes begin in the file.
    private let start: Int
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer, path: String, start: Int) {
        self.bytes = bytes
        self.path = path
        self.start = start
    }

    /// Bytes that are left.
    var left: Int { bytes.count - position }

    /// An error at the next byte.
    func failure(_ message: String) -> BlockError {
        BlockError(path: path, offset: start + position, message: message)
    }

    /// The next bytes.
    mutating func take(_ count: Int) throws(BlockError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= left else {
            throw failure("\(count) bytes are expected here, but only \(left) are left")
        }
        position += count
        return UnsafeRawBufferPointer(rebasing: bytes[(position - count)..<position])
    }

    /// A length, then as many bytes.
    mutating func counted() throws(BlockError) -> UnsafeRawBufferPointer { try take(size(try uvarint())) }

    mutating func byte() throws(BlockError) -> UInt8 { try take(1)[0] }

    mutating func be32() throws(BlockError) -> UInt32 {
        UInt32(bigEndian: try take(4).loadUnaligned(as: UInt32.self))
    }

    mutating func be64() throws(BlockError) -> UInt64 {
        UInt64(bigEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    /// Seven bits a byte, the lowest first.
    mutating func uvarint() throws(BlockError) -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let next = try byte()
            if shift == 63, next > 1 { throw failure("a number of more than 64 bits") }
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
    }

    /// A signed number: zigzag in a ``uvarint()``.
    mutating func varint() throws(BlockError) -> Int64 {
        let raw = try uvarint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// A number as a size; one beyond what the memory could hold becomes one that nothing has.
    func size(_ number: UInt64) -> Int { Int(exactly: number) ?? .max }

    /// How many items follow, of which each takes at least so many bytes; a claim that can't be true is an error.
    func count(_ number: UInt64, bytesEach: Int, _ what: String) throws(BlockError) -> Int {
        guard let count = Int(exactly: number), count <= left / bytesEach else {
            throw failure("\(number) \(what) are said to follow in \(left) bytes")
        }
        return count
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` with a typed error.
    func withRawBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(BlockError) -> Result
    ) throws(BlockError) -> Result {
        try withUnsafeBufferPointer { buffer throws(BlockError) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
