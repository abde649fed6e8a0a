import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("JSONEscape")
struct JSONEscapeTests {
    private func escape(_ bytes: [UInt8]) -> (text: String, repaired: Int) {
        let output = GrowableBytes()
        let repaired = bytes.withUnsafeBytes { JSONEscape.appendContent($0, to: output) }
        return (String(decoding: output.bytes, as: UTF8.self), repaired)
    }

    @Test("control characters, quotes and backslashes are escaped, the rest stays")
    func escapes() {
        #expect(
            escape(Array("a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}ä€😀/".utf8)).text == #"a\"b\\c\n\r\t\b\f\u0001\u001fä€😀/"#)
    }

    @Test("invalid UTF-8 becomes U+FFFD and is counted")
    func repair() {
        for (bytes, expected, count) in [
            ([0xc5], "\u{fffd}", 1), ([0xc0, 0x80], "\u{fffd}\u{fffd}", 2),
            ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}", 3),
            ([0xe2, 0x82], "\u{fffd}\u{fffd}", 2), ([0x61, 0xff, 0x62], "a\u{fffd}b", 1),
            ([0xf5, 0x80, 0x80, 0x80], "\u{fffd}\u{fffd}\u{fffd}\u{fffd}", 4),
        ] as [([UInt8], String, Int)] {
            #expect(escape(bytes) == (expected, count))
        }
    }

    @Test("random bytes always give a JSON string that reads back as their repaired text")
    func random() throws {
        var generator = SeededGenerator.forTest(seed: 5)
        for _ in 0..<400 {
            let size = generator.oneIn(10) ? 9000 : generator.int(0...40)
            let bytes = (0..<size).map { _ in
                UInt8(truncatingIfNeeded: generator.next()) & (generator.oneIn(3) ? 0xff : 0x7f)
            }
            let json = "[\"\(escape(bytes).text)\"]"
            let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String]
            let text = try #require(parsed?.first)
            if String(validating: bytes, as: UTF8.self) != nil { #expect(Array(text.utf8) == bytes) }
        }
    }
}
