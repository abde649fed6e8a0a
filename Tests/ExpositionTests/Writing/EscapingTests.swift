import Exposition
import Testing

@Suite("Escaping")
struct EscapingTests {
    private func written(_ body: (inout ByteCursor) -> Void) -> String {
        String(decoding: withByteCursor(capacity: 1, body), as: UTF8.self)
    }

    @Test("label values escape backslash, quote and line feed and nothing else")
    func labelValues() {
        #expect(written { $0.append(escapingLabelValue: "a\\b\"c\nd\te\r\u{0}é☃") } == "a\\\\b\\\"c\\nd\te\r\u{0}é☃")
    }

    @Test("help escapes the quote only in OpenMetrics")
    func help() {
        #expect(written { $0.append(escapingHelp: "\"a\\\n", format: .prometheusText004) } == "\"a\\\\\\n")
        #expect(written { $0.append(escapingHelp: "\"a\\\n", format: .openMetrics100) } == "\\\"a\\\\\\n")
    }

    @Test("invalid UTF-8 becomes replacement characters")
    func repair() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x62, 0xC3]
        #expect(bytes.withUnsafeBytes { repairingUTF8($0) } == "a\u{FFFD}b\u{FFFD}")
    }

    @Test("names are judged by the rule of the formats")
    func names() {
        #expect(MetricName.isValid("http:requests_total"))
        #expect(!MetricName.isValid("1a") && !MetricName.isValid("") && !MetricName.isValid("a-b"))
        #expect(MetricName.isValidLabel("a1_") && !MetricName.isValidLabel("a:b") && !MetricName.isValidLabel("é"))
        #expect(MetricName.isReservedLabel("le") && MetricName.isReservedLabel("__name__"))
    }

    @Test("a cursor never writes past its memory")
    func overflow() {
        var memory = [UInt8](repeating: 7, count: 8)
        memory.withUnsafeMutableBufferPointer { buffer in
            var cursor = ByteCursor(UnsafeMutableBufferPointer(rebasing: buffer[..<4]))
            cursor.append("abc")
            let (early, count) = (cursor.didOverflow, cursor.count)
            #expect(!early && count == 3)
            cursor.append(decimal: 12)
            cursor.append(UInt8(ascii: "x"))
            let late = cursor.didOverflow
            #expect(late)
        }
        #expect(memory[4...] == [7, 7, 7, 7])
    }
}
