/// A fast hash of short strings for the encoder's look-ups. Not safe against chosen collisions, and need not be: every
/// hit is compared byte by byte, and a miss only costs bytes on the wire.
enum HPACKHash {
    @inline(__always)
    static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        var state = (UInt64(seed) &+ UInt64(truncatingIfNeeded: bytes.count)) &* 0x9E37_79B9_7F4A_7C15
        var at = 0
        while at &+ 8 <= bytes.count {
            state = mix(state ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at &+= 8
        }
        var tail: UInt64 = 0
        while at < bytes.count {
            tail = tail &<< 8 | UInt64(bytes[at])
            at &+= 1
        }
        return UInt32(truncatingIfNeeded: mix(state ^ tail) &>> 16)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }
}
