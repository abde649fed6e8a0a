import TestSupport
import Testing

@testable import Gateway

/// Eight bytes at a time find the same as one by one.
@Suite struct ByteScanTests {
    @Test func `every byte at every place of a word is told apart`() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<19 {
                var bytes = [UInt8](repeating: 0x61, count: 19)
                bytes[place] = byte
                check(bytes, start: 0)
                check(bytes, start: 1)
            }
        }
    }

    @Test func `random bytes are told apart`() {
        var random = SeededGenerator.forTest(seed: 20)
        let likely = Array("abcXYZ019-_.!~ \t\r\n:\u{7F}".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xFF]
        for _ in 0..<20_000 {
            let bytes = (0..<random.int(0...40)).map { _ in
                random.int(0...3) == 0
                    ? UInt8(truncatingIfNeeded: random.next()) : likely[random.int(0...likely.count - 1)]
            }
            check(bytes, start: random.int(0...bytes.count))
        }
    }

    private func check(_ bytes: [UInt8], start: Int) {
        let token = bytes[start...].firstIndex { !ByteClass.isToken($0) } ?? bytes.count
        var hasUnderscore = false
        #expect(ByteScan.endOfToken(bytes.span, start, &hasUnderscore) == token, "\(bytes)")
        #expect(hasUnderscore == bytes[start..<token].contains(0x5F), "\(bytes)")
        let value = bytes[start...].firstIndex { !ByteClass.isFieldValue($0) } ?? bytes.count
        #expect(ByteScan.endOfFieldValue(bytes.span, start) == value, "\(bytes)")
    }
}
