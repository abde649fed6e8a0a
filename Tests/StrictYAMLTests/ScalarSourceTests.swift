import StrictYAML
import TestSupport
import Testing

@Suite struct ScalarSourceTests {
    private func value(_ text: String) throws -> YAMLNode {
        try #require(try YAMLNode.parse(text, file: "s.yaml").mapping().entries.first?.value)
    }

    @Test(arguments: [
        ("a: b c # d\n", "b c"), ("a: &x b c\n", "b c"), ("a: !!str 'b''c'\n", "'b''c'"),
        ("a: \"b\\\"\\u00e9\\n\"\nb: 1\n", "\"b\\\"\\u00e9\\n\""), ("a:\n  b\n  c\n\n  d\nb: 1", "b\n  c\n\n  d"),
        ("a: |2-  # why\n    b\n   c\n\nb: 1", "|2-  # why\n    b\n   c"),
        ("a: >\n  b\n  c\n\n    d\n  e\n", ">\n  b\n  c\n\n    d\n  e"),
        ("a: \"b \\\n   c\\\n  d\"\n", "\"b \\\n   c\\\n  d\""), ("{a: [b], c: d}", nil),
        ("a: |\r\n  b\r\n\r\n  c\r\nb: 1\r\n", "|\r\n  b\r\n\r\n  c"),
    ])
    func `a scalar's bytes are found whatever its style`(text: String, expected: String?) throws {
        let node = try value(text)
        let found = node.scalarSource.map { String(decoding: node.fileBytes[$0.range], as: UTF8.self) }
        #expect(found == expected)
    }

    @Test func `each character of a random scalar comes from the same character of the file`() throws {
        var random = SeededGenerator.forTest(seed: 5)
        for _ in 0..<2_000 {
            let yaml = RandomScalar.yaml(&random)
            guard let node = try? value(yaml), let text = node.scalarText, !text.allSatisfy(\.isNewline) else {
                continue
            }
            let source = try #require(node.scalarSource, "\(yaml)")
            for (index, byte) in text.utf8.enumerated() where byte > 0x20 && byte < 0x7f {
                let there = node.fileBytes[source.fileOffset(ofTextByte: index)]
                #expect(there == byte || there == UInt8(ascii: "\\"), "\(yaml) at \(index)")
            }
        }
    }

    @Test func `an error in a block of several lines has the file's line and column`() throws {
        let node = try value("a: >-\n    sum(\n      up)\n\n    é by (x)\n")
        #expect(node.scalarText == "sum(\n  up)\n\né by (x)")
        let second = node.position(textLine: 2, textColumn: 3)
        #expect(second == (3, 7))
        let last = node.position(textLine: 4, textColumn: 3)
        #expect(last == (5, 7))
        let beyond = node.position(textLine: 9, textColumn: 1)
        #expect(beyond == (1, 4))
    }
}

/// Mappings with one key whose scalar is written in any style, over several lines.
private enum RandomScalar {
    static func yaml(_ random: inout SeededGenerator) -> String {
        let words = (0..<random.int(1...6)).map { _ in word(&random) }
        let newline = random.oneIn(4) ? "\r\n" : "\n"
        switch random.int(0...4) {
        case 0: return "a: " + joined(words, &random, newline)
        case 1: return "a: '" + joined(words, &random, newline).split(separator: "'").joined(separator: "''") + "'"
        case 2: return "a: \"" + joined(words, &random, newline) + "\\t\\x41\\u00e9\\\"\"" + newline
        default:
            let header = (random.oneIn(2) ? "|" : ">") + ["", "-", "+", " # c"][random.int(0...3)]
            return "a: " + header + newline + words.map { line($0, &random) + newline }.joined()
        }
    }

    private static func word(_ random: inout SeededGenerator) -> String {
        ["sum", "(up)", "by", "x=\"1\"", "é", "it's", "1"][random.int(0...6)]
    }

    private static func joined(_ words: [String], _ random: inout SeededGenerator, _ newline: String) -> String {
        let gaps = [" ", "  ", newline + "  ", " " + newline + newline + "   "]
        return words.map { $0.filter { $0 != "\"" } + gaps[random.int(0...3)] }.joined() + "end"
    }

    private static func line(_ word: String, _ random: inout SeededGenerator) -> String {
        if random.oneIn(5) { return "" }
        return "  " + String(repeating: " ", count: random.oneIn(4) ? random.int(1...3) : 0) + word
    }
}
