/// The line before a chunk's data (RFC 9112 section 7.1).
enum ChunkSize {
    /// 16 digits and the line's end.
    static let longest = 18

    /// Hexadecimal digits without leading zeros, and the line's end; returns how many bytes these are.
    @inline(__always)
    static func write(_ size: Int, to target: UnsafeMutableRawBufferPointer) -> Int {
        var digits = size <= 0 ? 1 : (Int.bitWidth - size.leadingZeroBitCount + 3) / 4
        let length = digits + 2
        precondition(length <= target.count, "no room for a chunk's size")
        target[digits] = 0x0D
        target[digits + 1] = 0x0A
        var rest = size
        while digits > 0 {
            digits &-= 1
            let nibble = UInt8(truncatingIfNeeded: rest) & 15
            target[digits] = nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble
            rest &>>= 4
        }
        return length
    }
}
