import TestSupport
import Testing

@testable import LogShipper

@Suite("UTF8Text")
struct UTF8TextTests {
    private func repair(_ bytes: [UInt8]) -> (text: [UInt8], repaired: Int) {
        let output = GrowableBytes()
        let repaired = bytes.withUnsafeBytes { UTF8Text.appendRepaired($0, to: output) }
        return (Array(output.bytes), repaired)
    }

    @Test("case 7: a lone 0xC5 becomes U+FFFD and counts one; valid text stays as it is")
    func repair() {
        #expect(repair([0x61, 0xc5, 0x62]) == (Array("a\u{fffd}b".utf8), 1))
        #expect(repair([0xc5]) == (Array("\u{fffd}".utf8), 1))
        #expect(repair(Array("grün 😀".utf8)) == (Array("grün 😀".utf8), 0))
        #expect(repair([]) == ([], 0))
        #expect(repair([0xe2, 0x82]) == (Array("\u{fffd}\u{fffd}".utf8), 2))
    }

    @Test("random bytes: the standard library agrees on what is valid, and a repaired text is")
    func random() {
        var generator = SeededGenerator.forTest(seed: 602)
        for _ in 0..<2000 {
            let size = generator.oneIn(4) ? generator.int(100...300) : generator.int(0...40)
            let isMostlyASCII = generator.oneIn(2)
            var bytes = (0..<size).map { _ in
                UInt8(truncatingIfNeeded: generator.next()) & (isMostlyASCII && !generator.oneIn(30) ? 0x7f : 0xff)
            }
            if generator.oneIn(2) { bytes += Array("äöü€😀".utf8) }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect(bytes.withUnsafeBytes { UTF8Text.isValid($0) } == isValid)
            #expect(bytes.withUnsafeBytes { UTF8Text.isASCII($0) } == bytes.allSatisfy { $0 < 0x80 })
            let (text, repaired) = repair(bytes)
            #expect(String(validating: text, as: UTF8.self) != nil)
            #expect((repaired == 0) == isValid)
            if isValid { #expect(text == bytes) }
        }
    }
}
