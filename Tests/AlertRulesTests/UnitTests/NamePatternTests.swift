import TestSupport
import Testing

@testable import AlertRules

@Suite("Patterns of rule files")
struct NamePatternTests {
    @Test(
        "Names match as in Go's filepath.Match",
        arguments: [
            ("*.yml", "a.yml", true), ("*.yml", ".yml", true), ("*.yml", "a.yaml", false), ("a?c", "abc", true),
            ("a?c", "ac", false), ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false), ("[^a-c]x", "dx", true),
            ("[]", "]", nil), ("[a", "a", nil), ("[]a]", "]", nil), ("a\\", "a", nil), ("a\\*", "a*", true),
            ("a\\*", "ab", false), ("[\\]]", "]", true), ("[a-", "a", nil), ("[-x]", "-", nil), ("[z-a]", "m", false),
            ("*a*b*c", "xxaxxbxxc", true), ("*a*b*c", "xxaxxcxxb", false), ("é?", "éü", true), ("", "", true),
        ] as [(String, String, Bool?)])
    func names(pattern: String, name: String, expected: Bool?) {
        #expect(NamePattern(pattern)?.matches(name) == expected)
    }

    @Test("A pattern with many stars takes no more than the product of both lengths")
    func manyStars() {
        let pattern = String(repeating: "*a", count: 200) + "b"
        #expect(NamePattern(pattern)?.matches(String(repeating: "a", count: 2_000)) == false)
    }

    @Test("Paths are taken from the test file's folder, found folder by folder and sorted")
    func paths() throws {
        let folder = try TemporaryDirectory()
        for name in ["b/2.yml", "b/1.yml", "a/.h.yml", "a/x.txt", "c.yml"] { try folder.write("", to: name) }
        let test = folder.file("tests/t.yml")
        func found(_ pattern: String) throws -> [String] {
            try FilePattern.paths(matching: FilePattern.resolved(pattern, relativeTo: test))
                .map { String($0.dropFirst(folder.path.utf8.count + 1)) }
        }
        #expect(try found("../*/*.yml") == ["a/.h.yml", "b/1.yml", "b/2.yml"])
        #expect(try found("../c.yml") == ["c.yml"])
        #expect(try found(".././b/../c.y[lm]l") == ["c.yml"])
        #expect(try found("../none/*.yml") == [])
        #expect(try found("../c.yml/x") == [])
        #expect(try found("") == [])
        #expect(throws: FilePattern.Failure.syntax) { try found("../[") }
        #expect(FilePattern.resolved("rules.yml", relativeTo: "t.yml") == "rules.yml")
        #expect(FilePattern.resolved("../rules.yml", relativeTo: "t.yml") == "../rules.yml")
        #expect(FilePattern.resolved("/x/../r.yml", relativeTo: "t.yml") == "/x/../r.yml")
    }

    @Test("Stars followed by the folder above don't multiply, and stars alone only up to a limit")
    func multiplying() throws {
        let folder = try TemporaryDirectory()
        for name in ["a", "b", "c", "d"] { try folder.write("", to: name + "/r.yml") }
        let turns = folder.path + String(repeating: "/*/..", count: 30)
        #expect(try FilePattern.paths(matching: turns + "/*/r.yml").count == 4)
        #expect(throws: FilePattern.Failure.tooMany) {
            try FilePattern.paths(matching: folder.path + "/*/*", maxBytes: 200)
        }
    }
}
