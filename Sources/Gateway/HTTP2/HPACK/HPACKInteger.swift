/// Integers with a prefix (RFC 7541 section 5.1).
enum HPACKInteger {
    /// The longest spelling of a 32-bit number with any prefix.
    static let longestBytes = 6

    /// Reads the integer whose first byte's low `prefixBits` bits begin it; `at` moves behind it.
    @inline(__always)
    static func read(
        _ bytes: UnsafeRawBufferPointer, _ at: inout Int, prefixBits: Int
    ) throws(HPACKFault) -> Int {
        guard at < bytes.count else { throw .truncated }
        let mask = (1 &<< prefixBits) &- 1
        let prefix = Int(bytes[at]) & mask
        at &+= 1
        return prefix < mask ? prefix : try readMore(bytes, &at, prefix)
    }

    private static func readMore(
        _ bytes: UnsafeRawBufferPointer, _ at: inout Int, _ prefix: Int
    ) throws(HPACKFault) -> Int {
        var value = prefix
        var shift = 0
        while at < bytes.count {
            let byte = bytes[at]
            at &+= 1
            // Five bytes carry 35 bits: no overflow before the check. Longer spellings are refused, zeros too.
            guard shift <= 28 else { throw .integerOverflow }
            value &+= Int(byte & 0x7F) &<< shift
            guard value <= Int(UInt32.max) else { throw .integerOverflow }
            if byte & 0x80 == 0 { return value }
            shift &+= 7
        }
        throw .truncated
    }

    /// Adds an integer; `pattern` holds the bits above the prefix. The value is not negative.
    @inline(__always)
    static func write(_ value: Int, prefixBits: Int, pattern: UInt8, _ output: inout ByteQueue) {
        let mask = (1 &<< prefixBits) &- 1
        guard value >= mask else {
            output.append(pattern | UInt8(truncatingIfNeeded: value))
            return
        }
        output.append(pattern | UInt8(truncatingIfNeeded: mask))
        var rest = value &- mask
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        output.append(UInt8(truncatingIfNeeded: rest))
    }
}
