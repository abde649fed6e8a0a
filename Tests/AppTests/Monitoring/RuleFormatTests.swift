import Foundation
import TestSupport
import Testing

@Suite("alert-rules fmt and check as programs")
struct RuleFormatTests {
    private static let untidy = "groups:\n- name: g\n  rules:\n  - record: a # name\n    expr: sum(up)by(job)\n"
    private static let tidy = "groups:\n- name: g\n  rules:\n  - record: a # name\n    expr: sum by (job) (up)\n"

    @Test("a file is formatted in place behind its link, and keeps its mode")
    func inPlace() throws {
        let folder = try TemporaryDirectory("fmt")
        let file = try folder.write(Self.untidy, to: "rules.yml")
        let link = folder.file("link.yml")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "rules.yml")
        let check = try Programs.run("alert-rules", ["fmt", "--check", link])
        #expect(check.status == 1 && folder.text("rules.yml") == Self.untidy, "\(check)")
        let diff = try Programs.run("alert-rules", ["fmt", "--diff", link])
        #expect(diff.status == 0 && diff.output.contains("+    expr: sum by (job) (up)\n"), "\(diff)")
        let outcome = try Programs.run("alert-rules", ["fmt", link])
        #expect(outcome.status == 0 && folder.text("rules.yml") == Self.tidy, "\(outcome)")
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "rules.yml")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["link.yml", "rules.yml"])
        #expect(try Programs.run("alert-rules", ["fmt", "--check", link]).status == 0)
    }

    @Test("standard input is formatted to standard output; what is no rule file ends with 1, what is no file with 2")
    func exitCodes() throws {
        let folder = try TemporaryDirectory("fmt")
        let file = try folder.write(Self.untidy, to: "rules.yml")
        let program = try #require(Tool.product("alert-rules"))
        let outcome = try ChildProcess.run("/bin/sh", ["-c", "\"$0\" fmt - < \"$1\"", program, file])
        #expect(outcome.status == 0 && outcome.output == Self.tidy, "\(outcome)")
        #expect(try Programs.run("alert-rules", ["fmt", try folder.write("a: b\n", to: "other.yml")]).status == 1)
        #expect(try Programs.run("alert-rules", ["fmt", folder.file("none.yml")]).status == 2)
    }

    @Test("check fails from the severity on that --fail-on names, and leaves out what --disable names")
    func severities() throws {
        let folder = try TemporaryDirectory("check")
        let text = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'up > 1', for: 5m}\n  - {record: a, expr: up}\n"
        let file = try folder.write(text, to: "rules.yml")
        let outcome = try Programs.run("alert-rules", ["check", file])
        #expect(outcome.status == 1 && outcome.output.contains("\(file):4:23: warning: \"A\": "), "\(outcome)")
        #expect(try Programs.run("alert-rules", ["check", "--fail-on", "error", file]).status == 0)
        #expect(try Programs.run("alert-rules", ["check", "--disable", "promql/impossible", file]).status == 0)
        #expect(
            try Programs.run("alert-rules", ["check", "--strict", "--disable", "promql/impossible", file]).status == 1)
        let list = try Programs.run("alert-rules", ["check", "--list"])
        #expect(list.status == 0 && list.output.contains("### promql/impossible (warning)"))
    }
}
