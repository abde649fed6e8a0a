import AlertRules
import ArgumentParser
import PromQL

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rule files (structure, names, expressions, templates, repeated rules) and metrics (names).",
        discussion: """
            Findings have a severity: hint, warning or error. A comment '# alert-rules: ignore ID reason' on or above a \
            rule suppresses one; '# alert-rules: ignore-file ID reason' does so for a file. --list explains the checks.
            --metrics judges what a program exposes by the naming practices of Prometheus, as promtool check metrics \
            does, and prints a line for each problem: SOURCE:line: metric: sentence (suggestion). \
            The checks of rules then know the metrics' types.
            Exit codes: 0 fine, 1 a file has errors or findings, or metrics have problems (promtool check metrics exits with 3 for \
            problems, with 1 for text that is broken), 2 a source cannot be read. --fail-on sets what a finding must weigh.
            """)

    @Argument(help: "Rule files; - for standard input.")
    var files: [String] = []

    @Option(
        parsing: .singleValue,
        help: "A file of metrics, - for standard input, or an http(s) address; may be repeated.")
    var metrics: [String] = []

    @Flag(help: "Skip unknown keys.")
    var ignoreUnknownFields = false

    @Flag(help: "Fail on hints, too; the same as --fail-on hint.")
    var strict = false

    @Option(help: ArgumentHelp("Exit with 1 from this severity on: hint, warning or error.", valueName: "severity"))
    var failOn = RuleSeverity.warning

    @Option(parsing: .singleValue, help: ArgumentHelp("Leave a check out; may be repeated.", valueName: "id"))
    var disable: [RuleCheck] = []

    @Option(help: ArgumentHelp("How findings are written: text, json or sarif (2.1.0).", valueName: "format"))
    var format = Format.text

    @Option(
        help: ArgumentHelp(
            "How often targets are scraped, as in 15s or 15, for checks of windows.", valueName: "duration"))
    var scrapeInterval: DurationArgument?

    @Flag(help: "Explain every check.")
    var list = false

    @OptionGroup var features: FeatureOption

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

    mutating func validate() throws {
        if files.isEmpty, metrics.isEmpty, !list {
            throw ValidationError("give rule files, or --metrics with a source")
        }
        if let scrapeInterval, scrapeInterval.millis <= 0 {
            throw ValidationError("--scrape-interval must be positive")
        }
        try Terminal.checkStandardInput(files + metrics)
    }

    mutating func run() throws {
        if list { return Terminal.out(RuleCheck.catalogue) }
        var worst: Int32 = 0
        var settings = RuleLint.Settings()
        settings.disabled = Set(disable)
        settings.scrapeIntervalMillis = scrapeInterval?.millis
        for source in metrics {
            let check = MetricsCheck(source: source)
            settings.learn(check.kinds)
            show(check)
            worst = max(worst, check.exitCode)
        }
        worst = max(worst, checkRules(settings))
        if worst != 0 { throw ExitCode(worst) }
    }

    private func checkRules(_ settings: RuleLint.Settings) -> Int32 {
        guard !files.isEmpty else { return 0 }
        let options = RuleFile.Options(
            ignoresUnknownKeys: ignoreUnknownFields, parser: ParserOptions(features: features.read()))
        var loaded: [RuleFile] = []
        var findings: [RuleFinding] = []
        var isUnreadable = false
        for file in files {
            say("Checking \(file)\n")
            do {
                loaded.append(try RuleFile.load(path: file, options: options))
                say("  SUCCESS: \(loaded.last?.ruleCount ?? 0) rules found\n\n")
            } catch {
                if format == .text {
                    Terminal.error("  FAILED:\n" + error.errors.map { "    \($0)\n" }.joined() + "\n")
                }
                findings += error.errors.map(RuleFinding.init)
                isUnreadable = isUnreadable || error.errors.contains { $0.line == 0 }
            }
        }
        let remarks = RuleLint(settings: settings).findings(in: loaded)
        switch format {
        case .text: for remark in remarks { Terminal.out("\(remark)\n") }
        case .json: Terminal.out(RuleFindingsReport.json(findings + remarks))
        case .sarif: Terminal.out(RuleFindingsReport.sarif(findings + remarks, version: alertRulesVersion))
        }
        if isUnreadable { return 2 }
        let limit = strict ? .hint : failOn
        return (findings + remarks).contains { $0.severity >= limit } ? 1 : 0
    }

    /// For people only: machines get nothing but the report.
    private func say(_ text: String) { if format == .text { Terminal.out(text) } }

    private func show(_ check: MetricsCheck) {
        switch check.outcome {
        case .judged(let metrics, let problems):
            for line in check.report { write(line) }
            if problems.isEmpty { write("\(check.source): \(metrics) metrics, no problems") }
        case .malformed, .malformedMessage, .notMetrics:
            for line in check.report { write(line) }
        case .unreadable:
            for line in check.report { Terminal.error("alert-rules: \(line)\n") }
        }
    }

    /// To standard error where the output is a report.
    private func write(_ line: String) {
        if format == .text { Terminal.out(line + "\n") } else { Terminal.error(line + "\n") }
    }
}

extension RuleSeverity: ExpressibleByArgument {}
extension RuleCheck: ExpressibleByArgument {}
