import AlertRules
import ArgumentParser
import PromQL

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rule files (structure, names, expressions, templates, repeated rules) and metrics (names).",
        discussion: """
            --metrics judges what a program exposes by the naming practices of Prometheus, as promtool check metrics \
            does, and prints a line for each problem: SOURCE:line: metric: sentence (suggestion).
            Exit codes: 0 fine, 1 a file has errors or metrics have problems (promtool check metrics exits with 3 for \
            problems, with 1 for text that is broken), 2 a source cannot be read.
            """)

    @Argument(help: "Rule files.")
    var files: [String] = []

    @Option(
        parsing: .singleValue,
        help: "A file of metrics, - for standard input, or an http(s) address; may be repeated.")
    var metrics: [String] = []

    @Flag(help: "Skip unknown keys.")
    var ignoreUnknownFields = false

    @Flag(help: "Treat warnings as errors.")
    var strict = false

    @OptionGroup var features: FeatureOption

    mutating func validate() throws {
        if files.isEmpty, metrics.isEmpty { throw ValidationError("give rule files, or --metrics with a source") }
    }

    mutating func run() throws {
        var worst: Int32 = 0
        let options = RuleFile.Options(
            ignoresUnknownKeys: ignoreUnknownFields, parser: ParserOptions(features: features.read()))
        for file in files { worst = max(worst, checkRules(file, options)) }
        for source in metrics { worst = max(worst, checkMetrics(source)) }
        if worst != 0 { throw ExitCode(worst) }
    }

    private func checkRules(_ file: String, _ options: RuleFile.Options) -> Int32 {
        Terminal.out("Checking \(file)\n")
        do {
            let loaded = try RuleFile.load(path: file, options: options)
            let warnings = RuleLint.warnings(of: loaded)
            for warning in warnings { Terminal.error("  WARNING: \(warning)\n") }
            Terminal.out("  SUCCESS: \(loaded.ruleCount) rules found\n\n")
            return strict && !warnings.isEmpty ? 1 : 0
        } catch {
            Terminal.error("  FAILED:\n" + error.errors.map { "    \($0)\n" }.joined() + "\n")
            return error.errors.contains { $0.line == 0 } ? 2 : 1
        }
    }

    private func checkMetrics(_ source: String) -> Int32 {
        let check = MetricsCheck(source: source)
        switch check.outcome {
        case .judged(let metrics, let problems):
            for line in check.report { Terminal.out(line + "\n") }
            if problems.isEmpty { Terminal.out("\(source): \(metrics) metrics, no problems\n") }
        case .malformed, .malformedMessage, .notMetrics:
            for line in check.report { Terminal.out(line + "\n") }
        case .unreadable:
            for line in check.report { Terminal.error("alert-rules: \(line)\n") }
        }
        return check.exitCode
    }
}
