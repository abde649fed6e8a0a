import Foundation
import StrictYAML
import TestSupport
import Testing

@Suite("Strict YAML")
struct StrictYAMLTests {
    @Test("an unknown key is refused at its place, with the nearest known key")
    func unknownKey() throws {
        var map = try YAMLNode.parse("a: 1\nintervall: 5s\n", file: "f.yaml").mapping()
        _ = map.take("a")
        _ = map.take("interval")
        let error = #expect(throws: YAMLError.self) { try map.finish() }
        #expect(error?.description == "f.yaml:2:1: unknown key 'intervall'; did you mean 'interval'?")
    }

    @Test("a wrong type says where, what was expected and what was found")
    func wrongType() throws {
        let root = try YAMLNode.parse("cells:\n  - name: erp\n    upstreams: x\n", file: "g.yaml")
        var map = try root.mapping()
        var cell = try map.require("cells").sequence()[0].mapping()
        let error = #expect(throws: YAMLError.self) { _ = try cell.require("upstreams").sequence() }
        #expect(error?.description == "g.yaml:3:16: cells[0].upstreams: expected a list, found 'x'")
    }

    @Test(
        "durations and sizes",
        arguments: [
            ("500ms", 500_000_000), ("1h30m", 5_400_000_000_000), ("15", 15_000_000_000), ("1.5s", 1_500_000_000),
            ("0", 0), ("10us", 10_000),
        ])
    func durations(_ text: String, _ nanos: Int64) {
        #expect(Quantity.durationNanos(text) == nanos)
    }

    @Test(
        "malformed durations and sizes are nil",
        arguments: ["", "5", "x", "5q", "s", "-1s", "99999999999999999y", "1e9"])
    func malformedDurations(_ text: String) {
        #expect(text == "5" || Quantity.durationNanos(text) == nil)
        #expect(text == "5" || Quantity.byteCount(text) == nil)
    }

    @Test(
        "sizes", arguments: [("16MiB", 16 << 20), ("64KiB", 64 << 10), ("10MB", 10_000_000), ("7", 7), ("512B", 512)])
    func sizes(_ text: String, _ bytes: Int) {
        #expect(Quantity.byteCount(text) == bytes)
    }

    @Test("a duplicate key, bad YAML and an unreadable file are errors with a place")
    func broken() {
        let duplicate = #expect(throws: YAMLError.self) { _ = try YAMLNode.parse("a: 1\na: 2\n", file: "d.yaml") }
        #expect(duplicate?.message.contains("more than once") == true)
        let bad = #expect(throws: YAMLError.self) { _ = try YAMLNode.parse("a: [1,\nb: 2\n", file: "b.yaml") }
        #expect((bad?.line ?? 0) >= 1)
        let missing = #expect(throws: YAMLError.self) { _ = try YAMLNode.load(path: "/nonexistent/x.yaml") }
        #expect(missing?.description == "/nonexistent/x.yaml: cannot read the file: no such file")
        let folder = #expect(throws: YAMLError.self) { try YAMLNode.load(path: "/") }
        #expect(folder?.description == "/: cannot read the file: is a folder")
    }

    @Test("deep nesting and alias bombs are refused, not expanded")
    func bombs() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: YAMLError.self) { _ = try YAMLNode.parse(deep, file: "deep.yaml") }
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for level in 1...9 {
            let list = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
            bomb += "a\(level): &a\(level) [\(list)]\n"
        }
        #expect(throws: YAMLError.self) { _ = try YAMLNode.parse(bomb, file: "bomb.yaml") }
    }

    @Test("the path of a node stays short, however long keys are and however deep it lies")
    func longPaths() throws {
        for key in [String(repeating: "k", count: 1_000), "e" + String(repeating: "\u{301}", count: 500)] {
            let root = try YAMLNode.parse("? \(key)\n: [[[1]], [2]]\n", file: "l.yaml")
            let inner = try root.mapping().entries[0].value.sequence()[0].sequence()[0].sequence()[0]
            #expect(inner.keyPath.utf8.count < 200)
        }
        let long = "? \(String(repeating: "k", count: 1_025))\n: 1\n"
        let error = #expect(throws: YAMLError.self) { try YAMLNode.parse(long, file: "l.yaml") }
        #expect(error?.description == "l.yaml:1:3: a key may have 1024 bytes at most")
    }

    @Test("keys are compared by bytes")
    func keysByBytes() throws {
        let entries = try YAMLNode.parse("\u{e9}: 1\ne\u{301}: 2\n", file: "k.yaml").mapping().entries
        #expect(entries.map { $0.value.scalarText } == ["1", "2"])
    }

    @Test("a place inside a scalar maps to the file for plain, quoted and block scalars")
    func positions() throws {
        let text = """
            plain: sum(up)
            quoted: "sum(up)"
            literal: |
              sum(
                up)
            folded: >-
              sum
              (up)
            """
        var map = try YAMLNode.parse(text, file: "p.yaml").mapping()
        let plain = try map.require("plain").position(textLine: 1, textColumn: 5)
        #expect(plain == (1, 12))
        let quoted = try map.require("quoted").position(textLine: 1, textColumn: 5)
        #expect(quoted == (2, 14))
        let literal = try map.require("literal").position(textLine: 2, textColumn: 3)
        #expect(literal == (5, 5))
        let folded = try map.require("folded").position(textLine: 1, textColumn: 6)
        #expect(folded == (8, 4))
    }

    @Test("quoted scalars aren't numbers or booleans, null is an empty mapping or list")
    func scalars() throws {
        var map = try YAMLNode.parse("a: \"1\"\nb: ~\nc: 0x\nd: 1_000\n", file: "s.yaml").mapping()
        let quoted = try map.require("a")
        #expect(throws: YAMLError.self) { _ = try quoted.int() }
        let null = try map.require("b")
        #expect(try null.sequence().isEmpty)
        #expect(try null.mapping().entries.isEmpty)
        let thousand = try map.require("d").int()
        #expect(thousand == 1_000)
    }

    @Test(
        "UTF-16 and UTF-32 are named", arguments: [(String.Encoding.utf16, 16), (.utf16LittleEndian, 16), (.utf32, 32)])
    func encodings(encoding: String.Encoding, bits: Int) throws {
        let folder = try TemporaryDirectory("yaml")
        let bytes = try #require("a: 1\n".data(using: encoding))
        try bytes.write(to: URL(fileURLWithPath: folder.file("a.yaml")))
        let error = #expect(throws: YAMLError.self) { try YAMLNode.load(path: folder.file("a.yaml")) }
        #expect(error?.message == "the file is UTF-\(bits), not UTF-8: save it as UTF-8")
        #expect(TextEncoding.refusal(of: Array("ab: 1".utf8)) == nil)
    }
}
