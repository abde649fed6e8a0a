import Foundation
import TestSupport
import Testing

@Suite("alert-rules test, as promtool's users type it")
struct UnitTestCommandTests {
    private static let rules = """
        groups: [{name: g, rules: [{alert: Down, expr: up == 0, annotations: {summary: "{{ $labels.job }}"}}]}]
        """

    private func file(_ name: String, expecting job: String) -> String {
        """
        rule_files: [rules.yml]
        tests:
          - name: \(name)
            input_series: [{series: 'up{job="a"}', values: '0x9'}]
            alert_rule_test:
              - {eval_time: 1m, alertname: Down, exp_alerts: [
                {exp_labels: {job: \(job)}, exp_annotations: {summary: a}}]}
          - name: \(name) too
            input_series: [{series: 'up{job="a"}', values: '1x9'}]
            alert_rule_test: [{eval_time: 1m, alertname: Down}]
        """
    }

    private func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.write(Self.rules, to: "rules.yml")
        try folder.write(file("right", expecting: "a"), to: "right.yml")
        try folder.write(file("wrong", expecting: "b"), to: "wrong.yml")
        try folder.write("tests: [{nope: 1}]", to: "broken.yml")
        return folder
    }

    private func run(
        _ folder: TemporaryDirectory, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32?, output: String, error: String) {
        try Programs.run("alert-rules", ["test"] + arguments, environment: environment, directory: folder.path)
    }

    @Test("successes go to stdout, failures to stderr, and the exit code is 0 or 1")
    func streams() throws {
        let folder = try folder()
        let right = try run(folder, ["rules", "right.yml"])
        #expect(right == (0, "Unit Testing:  right.yml\n  SUCCESS\n\n", ""))
        let wrong = try run(folder, ["right.yml", "wrong.yml"])
        #expect(wrong.status == 1)
        #expect(wrong.output == "Unit Testing:  right.yml\n  SUCCESS\n\nUnit Testing:  wrong.yml\n\n\n")
        #expect(wrong.error.hasPrefix("  FAILED:\n    name: wrong,\n    alertname: Down, time: 1m, \n        exp:[\n"))
        let broken = try run(folder, ["broken.yml"])
        #expect(broken.status == 1)
        #expect(
            broken.error.hasPrefix("  FAILED:\n    broken.yml:1:10: field nope not found in type main.testGroup"))
        #expect(try run(folder, ["absent.yml"]).status == 1)
        #expect(try run(folder, ["--nope"]).status == 1)
        #expect(try run(folder, ["--run", "(", "right.yml"]).status == 1)
        #expect(try run(folder, []).status == 1)
    }

    @Test("--run chooses tests by name, joined and unanchored")
    func chosen() throws {
        let folder = try folder()
        #expect(try run(folder, ["--run", "too$", "wrong.yml"]).status == 0)
        #expect(try run(folder, ["--run", "nothing", "--run", "^wr", "wrong.yml"]).status == 1)
        let none = try run(folder, ["--run", "nothing", "wrong.yml"])
        #expect(none.status == 0)
        #expect(none.error == "  WARNING: no test of wrong.yml matches --run nothing\n")
    }

    @Test("--diff shows what differs, without colours where nobody sees them")
    func diff() throws {
        let folder = try folder()
        let plain = try run(folder, ["--diff", "wrong.yml"])
        #expect(plain.error.contains("\"job\": \"b\" => \"a\""))
        #expect(!plain.error.contains("\u{1B}"))
    }

    @Test("--junit writes a suite for each file and a case for each test")
    func junit() throws {
        let folder = try folder()
        let result = try run(folder, ["--junit", "r.xml", "--diff", "right.yml", "wrong.yml", "broken.yml"])
        #expect(result.status == 1)
        let text = folder.text("r.xml")
        let suites = text.matches(of: /<testsuite name="(.*?)" (tests="\d+" failures="\d+" errors="\d+")/)
        #expect(
            suites.map { "\($0.1) \($0.2)" } == [
                "right.yml tests=\"2\" failures=\"0\" errors=\"0\"",
                "wrong.yml tests=\"2\" failures=\"1\" errors=\"0\"",
                "broken.yml tests=\"1\" failures=\"0\" errors=\"1\"",
            ])
        let cases = text.matches(of: /<testcase name="(.*?)"/).map { String($0.1) }
        #expect(cases == ["right", "right too", "wrong", "wrong too", "unknown"])
        #expect(text.hasPrefix("<?xml") && text.contains("&quot;b&quot; =&gt; &quot;a&quot;"))
        #expect(!text.contains("\u{1B}"))
        #expect(try run(folder, ["--junit", "/nonexistent/r.xml", "right.yml"]).status == 1)
    }

    @Test("--debug shows all series on stderr")
    func debug() throws {
        let result = try run(try folder(), ["--debug", "right.yml"])
        #expect(result.status == 0)
        let head = "DEBUG: Starting test right\nDEBUG: Dump of all data (input_series and rules) at 1m1s:\n"
        #expect(result.error.hasPrefix(head))
        #expect(result.error.contains("{__name__=\"up\", job=\"a\"} =>\n0 @[0]\n0 @[60000]\n"))
    }

    @Test("the version and the help are there")
    func help() throws {
        #expect(try Programs.run("alert-rules", ["--version"]).output.contains("."))
        let help = try Programs.run("alert-rules", ["test", "--help"])
        #expect(help.status == 0)
        for word in ["--run", "--diff", "--junit", "--debug", "--ignore-unknown-fields", "--honour-group-interval"] {
            #expect(help.output.contains(word))
        }
    }
}
