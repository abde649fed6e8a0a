/// A hash of short outside bytes for tables of bounded size: FNV-1a with a finaliser.
enum ByteHash {
    @inline(__always)
    static func hash(_ bytes: Span<UInt8>, _ slice: ByteSlice) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in slice.lower..<slice.upper { hash = step(hash, bytes[index]) }
        return finish(hash)
    }

    static func hash(_ bytes: [UInt8]) -> UInt64 {
        finish(bytes.reduce(0xCBF2_9CE4_8422_2325) { step($0, $1) })
    }

    @inline(__always)
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    @inline(__always)
    private static func finish(_ hash: UInt64) -> UInt64 {
        let mixed = (hash ^ (hash &>> 32)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed &>> 29)
    }
}
