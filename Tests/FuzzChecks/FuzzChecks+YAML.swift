import AlertRules
import StrictYAML

extension FuzzChecks {
    /// A text read as YAML, as a rule file and as a file of unit tests: errors have a place inside it.
    public static func yaml(_ bytes: [UInt8]) -> String? {
        let source = text(bytes)
        let lines = source.utf8.reduce(2) { $0 + ($1 == 10 || $1 == 13 ? 1 : 0) }
        do throws(YAMLError) {
            let root = try YAMLNode.parse(source, file: "f.yml")
            _ = try? UnitTestFile.parse(root, path: "f.yml")
        } catch {
            if error.line < 0 { return "\(error)" }
        }
        do throws(RuleFileErrors) {
            let file = try RuleFile.parse(source, file: "f.yml")
            for rule in file.groups.flatMap(\.rules) where rule.line < 1 || rule.line > lines {
                return "rule \(rule.name) at line \(rule.line) of \(lines)"
            }
        } catch {
            if error.errors.isEmpty { return "errors without an error" }
            for one in error.errors where one.file != "f.yml" || one.line < 0 { return "\(one)" }
        }
        return formatted(source)
    }

    /// Formatting changes a file once only, and leaves what it can't handle.
    private static func formatted(_ source: String) -> String? {
        let once = RuleFormatter(source, file: "f.yml").text
        let twice = RuleFormatter(once, file: "f.yml").text
        if once != twice { return "\(source): formatted as \(once), then as \(twice)" }
        if let file = try? RuleFile.parse(source, file: "f.yml") { _ = RuleLint().findings(in: [file]) }
        return nil
    }
}
