import Testing

@testable import Gateway

@Suite struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONReader.parse(Array(text.utf8)) }

    @Test func `a document is read with all kinds of values`() throws {
        let value = try parse(#" {"a":[1,-2.5e1,true,false,null],"b":{"c":"\u00e9\n\ud83d\ude00"}} "#)
        #expect(value["a"] == .array([.integer(1), .number(-25), .boolean(true), .boolean(false), .null]))
        #expect(value["b"]?["c"]?.text == "é\n😀")
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", "1e", "+1", "nul", "\"", "\"\\x\"", "\"\\ud800\"",
        "\"\u{1}\"", "1 2", "{1:2}", "[1 2]", "1e999", "'a'",
    ])
    func `what is no JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test func `nesting is limited`() {
        #expect(throws: JSONError(offset: 33, message: "nested too deeply (32 levels are read)")) {
            try parse(String(repeating: "[", count: 100_000))
        }
    }

    @Test func `invalid UTF-8 in a string is refused`() {
        #expect(throws: JSONError.self) { try JSONReader.parse([0x22, 0xFF, 0x22]) }
    }

    @Test func `what is written reads back as itself`() throws {
        let value = JSONValue.object([
            "text": .string("\"\\\u{1}\u{7F}é\n"), "numbers": .array([.integer(.min), .number(0.1), .number(1e-7)]),
            "empty": .object([JSONMember]()), "none": .null,
        ])
        #expect(try JSONReader.parse(value.encoded()) == value)
    }
}

@Suite struct RFC3339Tests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_795_498_234_120, "2026-11-24T05:30:34.120Z"), (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (Int64.max, "9999-12-31T23:59:59.999Z"), (Int64.min, "1970-01-01T00:00:00.000Z"),
    ])
    func `milliseconds become a date`(millis: Int64, text: String) {
        #expect(RFC3339.text(millis: millis) == text)
    }
}
