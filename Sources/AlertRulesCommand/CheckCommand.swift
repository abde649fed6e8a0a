import AlertRules
import ArgumentParser

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rule files: structure, names, expressions, templates, repeated rules.",
        discussion: "Exit codes: 0 fine, 1 a file has errors, 2 a file cannot be read.")

    @Argument(help: "Rule files.")
    var files: [String]

    @Flag(help: "Skip unknown keys.")
    var ignoreUnknownFields = false

    @Flag(help: "Treat warnings as errors.")
    var strict = false

    mutating func run() throws {
        var worst: Int32 = 0
        for file in files {
            Terminal.out("Checking \(file)\n")
            do {
                let loaded = try RuleFile.load(
                    path: file, options: RuleFile.Options(ignoresUnknownKeys: ignoreUnknownFields))
                let warnings = RuleLint.warnings(of: loaded)
                for warning in warnings { Terminal.error("  WARNING: \(warning)\n") }
                Terminal.out("  SUCCESS: \(loaded.ruleCount) rules found\n\n")
                if strict, !warnings.isEmpty { worst = max(worst, 1) }
            } catch {
                Terminal.error("  FAILED:\n" + error.errors.map { "    \($0)\n" }.joined() + "\n")
                worst = max(worst, error.errors.contains { $0.line == 0 } ? 2 : 1)
            }
        }
        if worst != 0 { throw ExitCode(worst) }
    }
}
