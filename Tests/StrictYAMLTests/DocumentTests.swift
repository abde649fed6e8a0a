import StrictYAML
import TestSupport
import Testing

@Suite("Documents of YAML")
struct DocumentTests {
    @Test("keys that aren't texts are refused when they are read, whatever their aliases multiply to")
    func keyBombs() {
        var anchors = "a0: &a0 {x: 1}\n"
        for level in 1...40 { anchors += "a\(level): &a\(level) {p: *a\(level - 1), q: *a\(level - 1)}\n" }
        for key in ["? *a40\n: 1\n", "*a40 : 1\n", "? [*a40]\n: 1\n", "{x: *a40}: 1\n", "[*a40, *a40]: 1\n"] {
            #expect(throws: YAMLError.self) { _ = try YAMLNode.parse(anchors + key, file: "k.yaml") }
            let alone = #expect(throws: YAMLError.self) { try YAMLNode.parse("a40: &a40 [1]\n" + key, file: "k.yaml") }
            #expect(alone?.message == "a key must be a plain string", "\(key)")
        }
    }

    @Test("merge keys bring what the mapping hasn't, the first source first")
    func mergeKeys() throws {
        let text = """
            one: &one {a: 1, b: {c: 2}}
            two: &two {a: 3, d: 4}
            both: {<<: [*one, *two], d: 5}
            text: {"<<": 1}
            """
        let root = try YAMLNode.parse(text, file: "m.yaml")
        var map = try root.mapping()
        let both = try map.require("both").mapping().entries
        #expect(both.map { $0.key.scalarText } == ["d", "a", "b"])
        #expect(both.map { $0.value.scalarText } == ["5", "1", nil])
        #expect(both[2].value.keyPath == "both.b")
        let quoted = try map.require("text").mapping().entries[0].key.scalarText
        #expect(quoted == "<<")
        let error = #expect(throws: YAMLError.self) { try YAMLNode.parse("a:\n  <<: 1\n", file: "m.yaml") }
        #expect(error?.description == "m.yaml:2:7: a.<<: << takes a mapping or a list of mappings, found '1'")
    }

    @Test(
        "a document behind the first has a place, unless it is empty",
        arguments: [
            ("a: 1\n", nil), ("---\na: 1\n...\n", nil), ("a: 1\n---\n", nil), ("a: 1\n---\n# no\n", nil),
            ("a: 1\n---\n# yes\nb: 2\n", 4), ("---\n---\nb: 2\n", 3), ("a: 1\n---\n: : [\n", 3), ("a: 1\n--- b\n", 2),
            ("--- |\n a\n--- b\n", 3), ("# x\n\n---\na: 1\n", nil),
            ("a: 1\r---\rb: 2\r", 3), ("a: 1\u{2028}---\nb: 2\n", 3),
        ] as [(String, Int?)])
    func furtherDocument(text: String, line: Int?) throws {
        let root = try YAMLNode.parse(text, file: "d.yaml")
        #expect(root.furtherDocument?.line == line)
        let refused = Result { try root.requireOneDocument() }
        #expect((try? refused.get()) == nil ? line != nil : line == nil)
    }

    @Test("all documents of a text have places in the same file")
    func documents() throws {
        let documents = try YAMLNode.documents("a: 1\n---\nb: x\n", file: "d.yaml")
        #expect(documents.map(\.line) == [1, 3])
        #expect(documents.last?.fileBytes.count == documents.first?.fileBytes.count)
        #expect(throws: YAMLError.self) { try YAMLNode.documents("a: 1\n---\nb: [\n", file: "d.yaml") }
        #expect(try YAMLNode.documents("", file: "d.yaml").map(\.isNull) == [true])
    }

    @Test("an alias without its anchor, and bytes that aren't YAML's, are errors with a place")
    func aliasesAndBytes() {
        let alias = #expect(throws: YAMLError.self) { try YAMLNode.parse("a:\n  - *b\n", file: "a.yaml") }
        #expect(alias?.description == "a.yaml:2:5: a[0]: no anchor 'b' stands before this alias")
        let control = #expect(throws: YAMLError.self) { try YAMLNode.parse("a: 1\nb: \u{1}\n", file: "c.yaml") }
        #expect(control?.description == "c.yaml:2:4: control characters are not allowed")
    }

    @Test("a byte order mark is skipped; UTF-16 and bytes that aren't UTF-8 are named")
    func files() throws {
        let folder = try TemporaryDirectory()
        let wide = try folder.write([0xff, 0xfe, 0x61, 0, 0x3a, 0], to: "wide.yaml")
        let error = #expect(throws: YAMLError.self) { try YAMLNode.load(path: wide) }
        #expect(error?.description == "\(wide): the file is UTF-16, not UTF-8: save it as UTF-8")
        let broken = try folder.write([0x61, 0x3a, 0x20, 0xff], to: "broken.yaml")
        #expect(throws: YAMLError.self) { try YAMLNode.load(path: broken) }
        let marked = try folder.write([0xef, 0xbb, 0xbf] + Array("a: 1\n".utf8), to: "marked.yaml")
        #expect(try YAMLNode.load(path: marked).mapping().entries.map { $0.key.scalarText } == ["a"])
    }

    @Test(
        "a byte order mark is no indent of the first line",
        arguments: ["a:\n- 1\nb: 2\n", "---\na:\n- 1\nb: 2\n", "# c\na:\n- 1\nb: 2\n", "a: [1]\nb: 2\n"])
    func byteOrderMark(text: String) throws {
        let root = try YAMLNode.parse("\u{feff}" + text, file: "b.yaml")
        let plain = try YAMLNode.parse(text, file: "b.yaml")
        let entries = try root.mapping().entries
        #expect(entries.map { $0.key.scalarText } == ["a", "b"])
        #expect(try entries[1].value.line == plain.mapping().entries[1].value.line)
        #expect(entries[0].key.column == (entries[0].key.line == 1 ? 2 : 1))
        #expect(entries[0].key.scalarSource?.range.count == 1 && entries[1].value.scalarSource != nil)
        #expect(root.furtherDocument == nil)
    }
}
