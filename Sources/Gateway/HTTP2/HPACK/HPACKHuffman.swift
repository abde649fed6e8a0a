/// The Huffman code of header strings (RFC 7541 section 5.2 and appendix B).
///
/// Hot path: benchmark `gateway`. Codes of up to 8 bits, which is nearly all of a header, are decoded by one look-up of
/// 8 bits; longer ones by comparison with the first code of each length, as canonical codes allow.
struct HPACKHuffman: Sendable {
    /// Built once.
    static let shared = HPACKHuffman()

    private static let endOfString = 256
    private static let longestBits = 30

    /// By the next 8 bits: the code's length, then its symbol; 0 when the code is longer.
    private let short: [UInt16]
    /// By length: the first code that is longer, with its first bit as the highest of 32.
    private let bound: [UInt32]
    /// By length: what to add to a code of that length to find its symbol's place in `symbols`.
    private let place: [Int]
    /// Ordered by code.
    private let symbols: [UInt16]
    /// By symbol: the code, then 8 bits for its length.
    private let codes: [UInt64]

    private init() {
        var short = [UInt16](repeating: 0, count: 256)
        var bound = [UInt32](repeating: 0, count: Self.longestBits + 1)
        var place = [Int](repeating: 0, count: Self.longestBits + 1)
        var symbols: [UInt16] = []
        var codes = [UInt64](repeating: 0, count: Self.lengths.count)
        var code = 0
        for length in 1...Self.longestBits {
            code <<= 1
            place[length] = symbols.count - code
            for symbol in 0..<Self.lengths.count where Int(Self.lengths[symbol]) == length {
                codes[symbol] = UInt64(code) << 8 | UInt64(length)
                symbols.append(UInt16(symbol))
                if length <= 8 {
                    let first = code << (8 - length)
                    let entry = UInt16(length) << 8 | UInt16(symbol)
                    for index in first..<(first + 1 << (8 - length)) { short[index] = entry }
                }
                code += 1
            }
            // The last code of all is all ones; its bound does not fit and is not needed.
            bound[length] = UInt32(clamping: code << (32 - length))
        }
        self.short = short
        self.bound = bound
        self.place = place
        self.symbols = symbols
        self.codes = codes
    }
}

// MARK: - Decoding

extension HPACKHuffman {
    /// The most bytes that so many coded bytes can hold: the shortest code has 5 bits.
    @inline(__always)
    static func mostBytes(coded: Int) -> Int { coded &* 8 / 5 &+ 1 }

    /// Decodes a string; gives its length. `output` has room for ``mostBytes(coded:)``.
    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(HPACKFault) -> Int {
        precondition(output.count >= Self.mostBytes(coded: input.count), "no room for the decoded string")
        // The next bit is the highest one of `window`; below its `bits` bits are zeros.
        var window: UInt64 = 0
        var bits = 0
        var at = 0
        var written = 0
        let end = input.count
        while true {
            while bits <= 56, at < end {
                window |= UInt64(input[at]) &<< UInt64(56 &- bits)
                bits &+= 8
                at &+= 1
            }
            guard bits >= 8 else { break }
            while bits >= 8 {
                let entry = short[Int(window &>> 56)]
                if entry == 0 {
                    if bits < Self.longestBits, at < end { break }
                    output[written] = try long(&window, &bits)
                } else {
                    output[written] = UInt8(truncatingIfNeeded: entry)
                    window &<<= UInt64(entry &>> 8)
                    bits &-= Int(entry &>> 8)
                }
                written &+= 1
            }
        }
        return try finish(window, bits, output, written)
    }

    /// A code of more than 8 bits.
    private func long(_ window: inout UInt64, _ bits: inout Int) throws(HPACKFault) -> UInt8 {
        let padded = window | (bits < 64 ? UInt64.max >> UInt64(bits) : 0)
        let next = UInt32(truncatingIfNeeded: padded >> 32)
        var length = 9
        while length < Self.longestBits, next >= bound[length] { length += 1 }
        // Eight bits or more are left: too many for padding.
        guard length <= bits else { throw .huffmanPadding }
        let symbol = symbols[place[length] + Int(next >> UInt32(32 - length))]
        guard symbol != Self.endOfString else { throw .huffmanEndOfString }
        window <<= UInt64(length)
        bits -= length
        return UInt8(truncatingIfNeeded: symbol)
    }

    /// The last bits, fewer than 8: perhaps one short code, then ones only.
    private func finish(
        _ window: UInt64, _ bits: Int, _ output: UnsafeMutableRawBufferPointer, _ written: Int
    ) throws(HPACKFault) -> Int {
        var window = window
        var bits = bits
        var written = written
        let entry = short[Int((window | UInt64.max >> UInt64(bits)) >> 56)]
        if bits > 0, entry != 0, Int(entry >> 8) <= bits {
            output[written] = UInt8(truncatingIfNeeded: entry)
            window <<= UInt64(entry >> 8)
            bits -= Int(entry >> 8)
            written += 1
        }
        guard window | UInt64.max >> UInt64(bits) == UInt64.max else { throw .huffmanPadding }
        return written
    }
}

// MARK: - Encoding

extension HPACKHuffman {
    /// The length of the coded string.
    @inline(__always)
    func codedBytes(_ input: UnsafeRawBufferPointer) -> Int {
        var bits = 0
        for byte in input { bits &+= Int(codes[Int(byte)] & 0xFF) }
        return (bits &+ 7) &>> 3
    }

    /// Codes a string into memory of at least ``codedBytes(_:)``.
    func encode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) {
        var window: UInt64 = 0
        var bits = 0
        var written = 0
        for byte in input {
            let entry = codes[Int(byte)]
            let length = Int(entry & 0xFF)
            window = window &<< UInt64(length) | entry &>> 8
            bits &+= length
            while bits >= 8 {
                bits &-= 8
                output[written] = UInt8(truncatingIfNeeded: window &>> UInt64(bits))
                written &+= 1
            }
        }
        guard bits > 0 else { return }
        let padding = UInt64(0xFF) >> UInt64(bits)
        output[written] = UInt8(truncatingIfNeeded: window << UInt64(8 - bits) | padding)
    }
}
