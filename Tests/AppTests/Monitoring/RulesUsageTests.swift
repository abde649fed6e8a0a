import Foundation
import TestSupport
import Testing

@Suite("alert-rules says what it cannot read, write or do")
struct RulesUsageTests {
    private static let rules = "groups:\n- name: g\n  rules:\n  - record: a:b\n    expr: sum(up)by(job)\n"
    private static let unitTest = "rule_files: [rules.yml]\ntests: []\n"
    private static let samples = "# TYPE up gauge\nup{job=\"a\"} 1 1700000000\n# EOF\n"

    private func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory("usage")
        try folder.write(Self.rules, to: "rules.yml")
        try folder.write(Self.rules.replacing("name: g", with: "name: h"), to: "more.yml")
        try folder.write(Self.unitTest, to: "test.yml")
        try folder.write(Self.samples, to: "data.om")
        return folder
    }

    @Test(
        "output that cannot be written is a failure",
        arguments: [
            ("fmt - <rules.yml", 2), ("check rules.yml", 2), ("check --list", 2), ("query --input data.om up", 2),
            ("replay --rules rules.yml --input data.om", 2), ("test test.yml", 1), ("--help", 2),
        ] as [(String, Int32)])
    func fullDisk(command: String, status: Int32) throws {
        let folder = try folder()
        for stream in ["/dev/full", "&-"] where stream == "&-" || FileManager.default.fileExists(atPath: stream) {
            let outcome = try shell("\"$0\" \(command) >\(stream)", in: folder)
            #expect(outcome.status == status, "\(stream) \(outcome)")
            #expect(outcome.error.contains("cannot write to standard output: "), "\(stream) \(outcome)")
        }
        let unread = try shell("trap '' PIPE; { sleep 0.1; \"$0\" \(command); echo $? >code; } | true", in: folder)
        #expect(unread.error.isEmpty, "\(unread)")
        #expect(eventually(within: 10) { folder.text("code") == "\(status)\n" })
    }

    @Test("fmt and check name why a file cannot be read")
    func unreadable() throws {
        let folder = try folder()
        try Data([0x61, 0xFF]).write(to: URL(fileURLWithPath: folder.file("latin.yml")))
        try Data(count: 33 << 20).write(to: URL(fileURLWithPath: folder.file("large.yml")))
        for (file, reason) in [
            ("none.yml", "no such file"), (".", "is a folder"), ("latin.yml", "isn't valid UTF-8"),
            ("large.yml", "the limit"),
        ] {
            for command in ["fmt", "check"] {
                let outcome = try shell("\"$0\" \(command) \(file)", in: folder)
                #expect(outcome.status == 2 && outcome.error.contains(reason), "\(command) \(outcome)")
                #expect(!outcome.error.contains("NSPOSIX"))
            }
        }
    }

    @Test("intervals of nothing are refused")
    func intervals() throws {
        let folder = try folder()
        let replay = try shell("\"$0\" replay --interval 0 --rules rules.yml --input data.om", in: folder)
        #expect(replay.status == 2 && replay.error.contains("--interval must be positive"), "\(replay)")
        let check = try shell("\"$0\" check --scrape-interval 0s rules.yml", in: folder)
        #expect(check.status == 2 && check.error.contains("--scrape-interval must be positive"), "\(check)")
    }

    @Test("replay takes lists of rule files and inputs, also repeated")
    func lists() throws {
        let folder = try folder()
        for rules in ["--rules rules.yml more.yml", "--rules rules.yml --rules more.yml"] {
            let outcome = try shell("\"$0\" replay \(rules) --input data.om data.om", in: folder)
            #expect(outcome.status == 0, "\(outcome)")
            let missing = try shell("\"$0\" replay \(rules) none.yml --input data.om", in: folder)
            #expect(missing.status == 2 && missing.error.contains("none.yml"), "\(missing)")
        }
    }

    @Test("mistyped commands and checks are told with the nearest, promtool's words are understood")
    func words() throws {
        let folder = try folder()
        let command = try shell("\"$0\" chek rules.yml", in: folder)
        #expect(command.status == 2 && command.error.contains("no command 'chek'; did you mean 'check'?"), "\(command)")
        let other = try shell("\"$0\" verify rules.yml", in: folder)
        #expect(other.status == 2 && other.error.contains("there are check, fmt, test, query, replay"), "\(other)")
        #expect(try shell("\"$0\" check rules rules.yml", in: folder).status == 0)
        let metrics = try shell("\"$0\" check metrics <data.om", in: folder)
        #expect(metrics.status == 2 && metrics.error.contains("is 'check --metrics -' here"), "\(metrics)")
        let check = try shell("\"$0\" check --disable rule/unusd rules.yml", in: folder)
        #expect(check.status == 2 && check.error.contains("did you mean 'rule/unused'?"), "\(check)")
        #expect(try shell("\"$0\" check --strict rules.yml", in: folder).status == 1)
        #expect(try shell("\"$0\" check --strict --disable rule/unused,alerts/for rules.yml", in: folder).status == 0)
    }

    @Test("--quiet leaves out what is fine")
    func quiet() throws {
        let folder = try folder()
        try folder.write("# HELP up h\n" + Self.samples, to: "page.om")
        for command in [
            "check --disable rule/unused -q rules.yml --metrics page.om", "test -q test.yml", "fmt --quiet rules.yml",
        ] {
            let outcome = try shell("\"$0\" \(command)", in: folder)
            #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty, "\(command) \(outcome)")
        }
        let check = try shell("\"$0\" check -q rules.yml", in: folder)
        #expect(check.output.hasPrefix("rules.yml:4:13: hint: "), "\(check)")
    }

    @Test("problems of metrics are in the reports and obey --fail-on and --disable")
    func metrics() throws {
        let folder = try folder()
        try folder.write("# HELP a h\n# TYPE a counter\na 1\n", to: "page")
        let check = "\"$0\" check --metrics page"
        let json = try shell("\(check) --format json", in: folder)
        #expect(json.status == 1 && json.output.contains("\"metric\":\"a\"") && json.error.isEmpty, "\(json)")
        let sarif = try shell("\(check) --format sarif", in: folder)
        #expect(sarif.status == 1 && sarif.output.contains("\"ruleId\":\"metrics/practice\""), "\(sarif)")
        #expect(try shell("\(check) --fail-on error", in: folder).status == 0)
        let disabled = try shell("\(check) --disable metrics/practice", in: folder)
        #expect(disabled.status == 0 && disabled.output.isEmpty, "\(disabled)")
        #expect(try shell("\"$0\" check --metrics none --fail-on error --format json", in: folder).status == 2)
    }

    @Test("fmt writes through hard links, knows --enable-feature, and names UTF-16")
    func format() throws {
        let folder = try folder()
        try FileManager.default.linkItem(atPath: folder.file("rules.yml"), toPath: folder.file("link.yml"))
        #expect(try shell("\"$0\" fmt --enable-feature promql-experimental-functions link.yml", in: folder).status == 0)
        #expect(folder.text("rules.yml").contains("sum by (job) (up)"))
        #expect(folder.text("rules.yml") == folder.text("link.yml"))
        try Self.rules.data(using: .utf16)?.write(to: URL(fileURLWithPath: folder.file("wide.yml")))
        for command in ["fmt", "check"] {
            let outcome = try shell("\"$0\" \(command) wide.yml", in: folder)
            #expect(outcome.status == 2 && outcome.error.contains("the file is UTF-16, not UTF-8"), "\(outcome)")
        }
        for text in ["", "# nothing\n", "---\n", "groups:\n"] {
            try folder.write(text, to: "empty.yml")
            let outcome = try shell("\"$0\" check empty.yml", in: folder)
            #expect(outcome.status == 0 && outcome.output.contains("SUCCESS: 0 rules found"), "\(outcome)")
        }
    }
}
