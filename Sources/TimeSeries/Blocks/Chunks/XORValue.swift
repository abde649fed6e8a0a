/// A number that is stored as the difference in its bits to the number before, with the window of the bits that changed.
struct XORValue {
    var bits: UInt64 = 0
    private var size = 64
    private var trailing: UInt64 = 0

    init(_ bits: UInt64 = 0) { self.bits = bits }

    /// Reads the next number: `varbit_xor` of the format.
    @inline(__always)
    mutating func readNext(_ reader: inout BitReader) {
        switch reader.ones(atMost: 2) {
        case 0: return
        case 1: readChange(&reader)
        default: readWindow(&reader)
        }
    }

    /// A window, then what changed inside.
    @inline(__always)
    mutating func readWindow(_ reader: inout BitReader) {
        let window = reader.read(11)
        let leading = Int(truncatingIfNeeded: window &>> 6)
        size = Int(truncatingIfNeeded: window & 63)
        if size == 0 { size = 64 }
        guard leading &+ size <= 64 else {
            size = 64
            return reader.reject()
        }
        trailing = UInt64(truncatingIfNeeded: 64 &- leading &- size)
        readChange(&reader)
    }

    /// What changed in the window that holds.
    @inline(__always)
    mutating func readChange(_ reader: inout BitReader) { bits ^= reader.readLong(size) &<< trailing }
}
