import AlertRules
import ArgumentParser
import PromQL
import RegularExpressions

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks rule files (structure, names, expressions, templates, repeated rules) and metrics (names).",
        discussion: """
            Findings have a severity: hint, warning or error. A comment '# alert-rules: ignore ID reason' on or above a \
            rule suppresses one (several with commas between them); '# alert-rules: ignore-file ID reason' does so for \
            a file. --list explains the checks. The word rules in front of the files, as promtool has it, is accepted.
            --metrics judges what a program exposes by the naming practices of Prometheus, as promtool check metrics \
            does, and prints a line for each problem: SOURCE:line: metric: sentence (suggestion). \
            The checks of rules then know the metrics' types.
            Exit codes: 0 fine, 1 a file has errors or findings, or metrics have problems, which count as warnings \
            (promtool check metrics exits with 3 for problems, with 1 for text that is broken), 2 a source cannot be \
            read. --fail-on sets what a finding must weigh.
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

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Leave checks out, separated by commas; may be repeated.", valueName: "ids"))
    var disable: [String] = []

    @Option(help: ArgumentHelp("How findings are written: text, json or sarif (2.1.0).", valueName: "format"))
    var format = Format.text

    @Option(
        help: ArgumentHelp(
            "How often targets are scraped, as in 15s or 15, for checks of windows.", valueName: "duration"))
    var scrapeInterval: DurationArgument?

    @Flag(name: .shortAndLong, help: "Print findings only, not that a file is fine.")
    var quiet = false

    @Flag(help: "Explain every check.")
    var list = false

    @OptionGroup var features: FeatureOption

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

    mutating func validate() throws {
        if files.isEmpty, metrics.isEmpty, !list {
            throw ValidationError("give rule files, or --metrics with a source")
        }
        files = Usage.withoutPromtoolsWord("rules", files)
        if files.first == "metrics", !Terminal.exists("metrics") {
            throw ValidationError("promtool's 'check metrics' is 'check --metrics -' here")
        }
        _ = try disabled()
        if let scrapeInterval, scrapeInterval.millis <= 0 {
            throw ValidationError("--scrape-interval must be positive")
        }
        try Terminal.checkStandardInput(files + metrics)
    }

    /// The checks that `--disable` names.
    private func disabled() throws -> Set<RuleCheck> {
        do {
            return try RuleCheck.named(in: disable)
        } catch {
            throw ValidationError("--disable: \(error)")
        }
    }

    mutating func run() throws {
        if list { return Terminal.out(RuleCheck.catalogue) }
        var settings = RuleLint.Settings()
        settings.disabled = try disabled()
        settings.scrapeIntervalMillis = scrapeInterval?.millis
        var findings: [RuleFinding] = []
        var isUnreadable = false
        for source in metrics {
            let check = MetricsCheck(source: source)
            settings.learn(check.kinds)
            let found = check.findings.filter { !settings.disabled.contains($0.check) }
            show(check, isSilent: found.isEmpty)
            findings += found
            isUnreadable = isUnreadable || check.exitCode == 2
        }
        if !files.isEmpty { findings += checkRules(settings, &isUnreadable) }
        switch format {
        case .text: break
        case .json: Terminal.out(RuleFindingsReport.json(findings))
        case .sarif: Terminal.out(RuleFindingsReport.sarif(findings, version: alertRulesVersion))
        }
        let limit = strict ? .hint : failOn
        let isFound = findings.contains { $0.severity >= limit }
        if isUnreadable || isFound { throw ExitCode(isUnreadable ? 2 : 1) }
    }

    private func checkRules(_ settings: RuleLint.Settings, _ isUnreadable: inout Bool) -> [RuleFinding] {
        var options = RuleFile.Options(
            ignoresUnknownKeys: ignoreUnknownFields, parser: ParserOptions(features: features.read()))
        options.parser.regexCache = RegexCache()
        var loaded: [RuleFile] = []
        var findings: [RuleFinding] = []
        for file in files {
            do {
                let rules = try RuleFile.load(path: file, options: options)
                loaded.append(rules)
                say("Checking \(file)\n  SUCCESS: \(rules.ruleCount) rules found\n\n")
            } catch {
                say("Checking \(file)\n")
                if format == .text {
                    Terminal.error("  FAILED:\n" + error.errors.map { "    \($0)\n" }.joined() + "\n")
                }
                findings += error.errors.map(RuleFinding.init)
                isUnreadable = isUnreadable || error.errors.contains { $0.line == 0 }
            }
        }
        let remarks = RuleLint(settings: settings).findings(in: loaded)
        if format == .text, !remarks.isEmpty { Terminal.out(remarks.map { "\($0)\n" }.joined()) }
        return findings + remarks
    }

    /// For people only: machines get nothing but the report, and quiet people nothing but what is wrong.
    private func say(_ text: String) { if format == .text, !quiet { Terminal.out(text) } }

    /// Problems in promtool's form; a report in another format holds them itself.
    private func show(_ check: MetricsCheck, isSilent: Bool) {
        if case .unreadable = check.outcome {
            for line in check.report { Terminal.error("alert-rules: \(line)\n") }
        } else if format == .text, !isSilent {
            for line in check.report { Terminal.out(line + "\n") }
        }
        if case .judged(let metrics, []) = check.outcome { say("\(check.source): \(metrics) metrics, no problems\n") }
    }
}

extension RuleSeverity: ExpressibleByArgument {}
