import Foundation
import TestSupport
import Testing

@Suite("The shipped alert rules and their unit tests")
struct RulesTests {
    private static let folder = "\(Places.packageRoot)/deploy/monitoring"
    private static let rules = "alerts.example.yaml"
    private static let hasPromtool: Bool = Tool.path(of: "promtool") != nil

    /// The unit-test files beside the rules.
    private func testFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted().filter { name in
            (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
                && (try? String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8))?.contains("rule_files:")
                    == true
                && !name.hasPrefix("prometheus")
        }
    }

    @Test("alert-rules test passes them, and alert-rules check has nothing to say")
    func ours() throws {
        let files = try testFiles()
        #expect(!files.isEmpty)
        let outcome = try Programs.run("alert-rules", ["test"] + files, directory: Self.folder)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
        let check = try Programs.run("alert-rules", ["check", Self.rules], directory: Self.folder)
        #expect(check.status == 0, "\(check.output)\(check.error)")
    }

    @Test("promtool agrees", .enabled(if: hasPromtool, "promtool isn't installed"))
    func promtool() throws {
        let promtool = try #require(Tool.path(of: "promtool"))
        let outcome = try ChildProcess.run(promtool, ["test", "rules"] + testFiles(), directory: Self.folder)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }

    /// Each edit breaks one thing that the unit tests must notice.
    private static let edits: [(what: String, pattern: String, replacement: String)] = [
        ("a longer for", #"\bfor: *[0-9]+[smh]"#, "for: 7h"),
        ("another severity", #"^( +)severity: *[a-z]+"#, "$1severity: broken"),
        ("another threshold", #"(>=?|<=?|==) *[0-9.]+( *$|\n)"#, "$1 987654321$2"),
    ]

    @Test(
        "broken copies of the rules fail in both", .enabled(if: hasPromtool, "promtool isn't installed"),
        .timeLimit(.minutes(20)), arguments: 0..<3)
    func brokenCopies(_ edit: Int) throws {
        let promtool = try #require(Tool.path(of: "promtool"))
        var generator = SeededGenerator.forTest(seed: UInt64(edit + 1))
        let (what, pattern, replacement) = Self.edits[edit]
        let original = try String(contentsOfFile: "\(Self.folder)/\(Self.rules)", encoding: .utf8)
        let expression = try NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines])
        let matches = expression.matches(in: original, range: NSRange(original.startIndex..., in: original))
        #expect(!matches.isEmpty, "\(what) can't be made")
        for match in matches.shuffled(using: &generator).prefix(3) {
            let copy = try TemporaryDirectory("broken")
            for name in try testFiles() {
                try copy.write(String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8), to: name)
            }
            let broken = expression.stringByReplacingMatches(
                in: original, range: match.range, withTemplate: replacement)
            try copy.write(broken, to: Self.rules)
            let place = original.prefix(match.range.location).split(separator: "\n", omittingEmptySubsequences: false)
            let theirs = try ChildProcess.run(promtool, ["test", "rules"] + testFiles(), directory: copy.path)
            let ours = try Programs.run("alert-rules", ["test"] + testFiles(), directory: copy.path)
            #expect(theirs.status == 1, "\(what) in line \(place.count) isn't noticed by promtool")
            #expect(ours.status == 1, "\(what) in line \(place.count): \(ours.output)\(ours.error)")
        }
    }

    @Test("broken expectations fail in both too", .enabled(if: hasPromtool, "promtool isn't installed"))
    func brokenExpectations() throws {
        let promtool = try #require(Tool.path(of: "promtool"))
        var generator = SeededGenerator.forTest(seed: 4)
        let name = try #require(try testFiles().first)
        let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
        let summaries = try NSRegularExpression(pattern: #"^( +)summary: .*$"#, options: [.anchorsMatchLines])
        let matches = summaries.matches(in: text, range: NSRange(text.startIndex..., in: text))
        let match = try #require(matches.randomElement(using: &generator))
        let copy = try TemporaryDirectory("broken")
        try copy.write(String(contentsOfFile: "\(Self.folder)/\(Self.rules)", encoding: .utf8), to: Self.rules)
        let broken = summaries.stringByReplacingMatches(
            in: text, range: match.range, withTemplate: "$1summary: something else")
        try copy.write(broken, to: name)
        let theirs = try ChildProcess.run(promtool, ["test", "rules", name], directory: copy.path)
        let ours = try Programs.run("alert-rules", ["test", name], directory: copy.path)
        #expect(theirs.status == 1 && ours.status == 1, "\(ours.output)\(ours.error)")
    }
}
