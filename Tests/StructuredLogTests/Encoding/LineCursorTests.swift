import Foundation
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct LineCursorTests {
    private func escaped(_ bytes: [UInt8], limit: Int = .max) -> (text: [UInt8], isTruncated: Bool) {
        var isTruncated = false
        let text = Lines.collect(bytes: bytes.count * LineCursor.worstExpansion) { cursor in
            bytes.withUnsafeBytes { cursor.append(escaped: $0, limit: limit) }
            isTruncated = cursor.isTruncated
        }
        return (text, isTruncated)
    }

    @Test func `decimal numbers are written as the standard library writes them`() {
        var random = SeededGenerator.forTest(seed: 11)
        var values: [UInt64] = [0, 1, 9, 10, 99, 100, 101, 999, 1000, 12_345, .max, .max - 1, 1_000_000, 9_999_999]
        for shift in 0..<64 { values.append(UInt64.random(in: 0 ... .max, using: &random) >> UInt64(shift)) }
        for value in values {
            let bytes = Lines.collect(bytes: 20) { $0.append(decimal: value) }
            #expect(String(decoding: bytes, as: UTF8.self) == String(value))
        }
        for value in [Int64.min, -1, 0, .max] {
            let bytes = Lines.collect(bytes: 20) { $0.append(decimal: value) }
            #expect(String(decoding: bytes, as: UTF8.self) == String(value))
        }
    }

    @Test func `every single byte gives a valid JSON string`() throws {
        for byte in UInt8.min...UInt8.max {
            for padding in [0, 7, 8, 9] {
                let input = Array(repeating: UInt8(ascii: "x"), count: padding) + [byte]
                let json = [0x22] + escaped(input).text + [0x22]
                let value = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
                #expect(value as? String == String(decoding: input, as: UTF8.self))
            }
        }
    }

    @Test func `what is not UTF-8 is repaired as the standard library repairs it`() throws {
        var random = SeededGenerator.forTest(seed: 12)
        let interesting: [UInt8] = [
            0x00, 0x1F, 0x22, 0x5C, 0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
            0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF,
        ]
        for _ in 0..<4000 {
            let input = (0..<random.int(0...24)).map { _ in interesting[random.int(0...interesting.count - 1)] }
            let json = [0x22] + escaped(input).text + [0x22]
            let value = try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
            #expect(value as? String == String(decoding: input, as: UTF8.self), "\(input)")
        }
    }

    @Test func `a cut falls between two scalars`() {
        let text = Array("ab€€".utf8)
        #expect(escaped(text, limit: 8) == (text, false))
        #expect(escaped(text, limit: 7) == (Array("ab€".utf8), true))
        #expect(escaped(text, limit: 6) == (Array("ab€".utf8), true))
        #expect(escaped(text, limit: 5) == (Array("ab€".utf8), true))
        #expect(escaped(text, limit: 4) == (Array("ab".utf8), true))
        #expect(escaped(text, limit: 0) == ([], true))
    }

    @Test func `a cut in bytes that are no text still ends`() {
        let result = escaped(Array(repeating: 0x80, count: 20), limit: 10)
        #expect(result.text == Array(String(repeating: "\u{FFFD}", count: 10).utf8))
        #expect(result.isTruncated)
    }
}
