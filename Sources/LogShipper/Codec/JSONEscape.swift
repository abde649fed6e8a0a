// Hot path for JSON outputs: `appendContent` goes over every byte. Measured by `scripts/bench shipper`.
// Invariant: room for the worst case of a chunk (six bytes for one) and 64 bytes more is reserved before the chunk is
// written: its last step may go seven bytes beyond it. Eight-byte loads happen only where eight bytes of the text are left.

/// Writes text between JSON quotes: escapes what RFC 8259 demands, and makes invalid UTF-8 valid.
enum JSONEscape {
    static func appendString(_ text: String, to output: GrowableBytes) {
        output.append(0x22)
        var text = text
        _ = text.withUTF8 { appendContent(UnsafeRawBufferPointer($0), to: output) }
        output.append(0x22)
    }

    /// Returns how many bytes were no UTF-8 and became U+FFFD.
    static func appendContent(_ text: UnsafeRawBufferPointer, to output: GrowableBytes) -> Int {
        guard let base = text.baseAddress else { return 0 }
        var repaired = 0
        var index = 0
        while index < text.count {
            let chunkEnd = min(text.count, index &+ 4096)
            let start = output.room((chunkEnd &- index) &* 6 &+ 64)
            var target = start
            while index < chunkEnd {
                if text.count &- index >= 8 {
                    let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                    if word & 0x8080_8080_8080_8080 == 0, writeWord(word, &target) {
                        index &+= 8
                        continue
                    }
                }
                let stop = min(text.count, index &+ 8)
                while index < stop { repaired &+= copyOne(base, &index, text.count, &target) }
            }
            output.count &+= start.distance(to: target)
        }
        return repaired
    }

    /// Writes eight ASCII bytes, with a backslash before each quote and backslash. Returns false, having written nothing
    /// that counts, where there is a control character.
    ///
    /// Each of the tests sets the high bit of exactly the right bytes, because no byte carries or borrows: all are below
    /// 0x80.
    @inline(__always)
    private static func writeWord(_ word: UInt64, _ target: inout UnsafeMutableRawPointer) -> Bool {
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = highs &- (word ^ 0x2222_2222_2222_2222)
        let slashes = highs &- (word ^ 0x5c5c_5c5c_5c5c_5c5c)
        var hits = (quotes | slashes) & highs
        let printable = (word &+ 0x6060_6060_6060_6060) & highs
        guard printable == highs else { return false }
        target.storeBytes(of: word.littleEndian, as: UInt64.self)
        if hits == 0 {
            target += 8
            return true
        }
        // The rest of the word moves up by one byte at each hit.
        var rest = word
        var taken = 0
        repeat {
            let skip = hits.trailingZeroBitCount &>> 3 &- taken
            rest = rest &>> UInt64(truncatingIfNeeded: skip &<< 3)
            target += skip
            target.storeBytes(of: 0x5c, as: UInt8.self)
            target += 1
            target.storeBytes(of: rest.littleEndian, as: UInt64.self)
            target += 1
            rest = rest &>> 8
            taken &+= skip &+ 1
            hits &= hits &- 1
        } while hits != 0
        target += 8 &- taken
        return true
    }

    /// One character, whatever it is. Returns 1 where it was no UTF-8.
    @inline(__always)
    private static func copyOne(
        _ base: UnsafeRawPointer, _ index: inout Int, _ end: Int, _ target: inout UnsafeMutableRawPointer
    ) -> Int {
        let byte = base.load(fromByteOffset: index, as: UInt8.self)
        if byte >= 0x80 { return copyScalar(base, &index, end, &target) }
        index &+= 1
        if byte >= 0x20, byte != 0x22, byte != 0x5c {
            target.storeBytes(of: byte, as: UInt8.self)
            target += 1
        } else {
            target = writeEscape(byte, target)
        }
        return 0
    }

    private static func writeEscape(_ byte: UInt8, _ target: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        target.storeBytes(of: 0x5c, as: UInt8.self)
        let letter: UInt8 =
            switch byte {
            case 0x22, 0x5c: byte
            case 0x08: 0x62
            case 0x09: 0x74
            case 0x0a: 0x6e
            case 0x0c: 0x66
            case 0x0d: 0x72
            default: 0x75
            }
        target.storeBytes(of: letter, toByteOffset: 1, as: UInt8.self)
        guard letter == 0x75 else { return target + 2 }
        let digits: StaticString = "0123456789abcdef"
        target.storeBytes(of: 0x30, toByteOffset: 2, as: UInt8.self)
        target.storeBytes(of: 0x30, toByteOffset: 3, as: UInt8.self)
        target.storeBytes(of: digits.utf8Start[Int(byte >> 4)], toByteOffset: 4, as: UInt8.self)
        target.storeBytes(of: digits.utf8Start[Int(byte & 15)], toByteOffset: 5, as: UInt8.self)
        return target + 6
    }

    /// Copies one well-formed sequence, or writes U+FFFD for one byte that starts none.
    private static func copyScalar(
        _ base: UnsafeRawPointer, _ index: inout Int, _ end: Int, _ target: inout UnsafeMutableRawPointer
    ) -> Int {
        let length = UTF8Text.sequenceLength(base + index, end - index)
        guard length > 0 else {
            target.storeBytes(of: 0xef, as: UInt8.self)
            target.storeBytes(of: 0xbf, toByteOffset: 1, as: UInt8.self)
            target.storeBytes(of: 0xbd, toByteOffset: 2, as: UInt8.self)
            target += 3
            index += 1
            return 1
        }
        target.copyMemory(from: base + index, byteCount: length)
        target += length
        index += length
        return 0
    }
}
