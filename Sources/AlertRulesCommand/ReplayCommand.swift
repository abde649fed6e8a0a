import AlertRules
import ArgumentParser
import PromQL
import TimeSeries

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Tells when each alert would have gone pending, fired and resolved on recorded data.",
        discussion: """
            Exit codes: 0 fine; 1 a rule failed, the replay took too long, or --fail-on found an alert; 2 wrong usage, \
            rules or input that are unreadable, broken or beyond a limit, or no sample for --fail-on to judge.

            EXAMPLES
              alert-rules replay --rules alerts/*.yml --input samples.om
              alert-rules replay --rules alerts/*.yml --input data/ --fail-on firing
            """)

    @Option(parsing: .upToNextOption, help: "Rule files, or - for standard input; may be repeated.")
    var rules: [String]

    @Option(
        parsing: .upToNextOption,
        help:
            "What 'query' reads: text with timestamps, - for standard input, or a folder of recorded scrapes or blocks; may be repeated."
    )
    var input: [String]

    @Option(help: "Write a page with timelines to this file; - for standard output, instead of the report.")
    var html: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "First evaluation: RFC 3339 or Unix seconds. Default: the first sample.")
    var start: TimeArgument?

    @Option(help: "Last evaluation. Default: the last sample.")
    var end: TimeArgument?

    @Option(help: "Evaluation interval of all groups, as in 15s or 15. Default: each group's own, or 1m.")
    var interval: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "Exit with 1 when an alert reached this state at any time: pending or firing.", valueName: "state"))
    var failOn: FailingState?

    @Flag(help: .hidden)
    var stepByStep = false

    @OptionGroup var data: DataOptions
    @OptionGroup var compatibility: CompatibilityOption
    @OptionGroup var features: FeatureOption

    enum FailingState: String, ExpressibleByArgument, CaseIterable { case pending, firing }

    mutating func validate() throws {
        if let interval, interval.millis <= 0 { throw ValidationError("--interval must be positive") }
        if html == Terminal.standard, json {
            throw ValidationError("--html - and --json both write to standard output")
        }
        try Terminal.checkStandardInput(rules + input)
    }

    mutating func run() throws {
        let features = try features.readKnown()
        let files = try loadRules(RuleFile.Options(parser: ParserOptions(features: features)))
        var options = Replay.Options()
        options.startMillis = start?.millis
        options.endMillis = end?.millis
        options.intervalMillis = interval?.millis
        options.engine.apply(features)
        options.parser = ParserOptions(features: features)
        options.engine.compatibility = compatibility.compat
        options.forcesSteps = stepByStep
        let deadline = Deadline(data.timeout)
        data.bound(&options.engine, deadline)
        let report: ReplayReport
        do {
            let replay = Replay(files: files, options: options)
            let source = try InputData.open(
                input, limits: data.limits, options: data.reading(features, deadline)
            ) { Terminal.error("alert-rules: \($0)\n") }
            let span = try source.timeSpan()
            report = try replay.run(over: try source.loaded(selectors: replay.selectors), span: span)
        } catch {
            Terminal.error("alert-rules: \(deadline.message(error))\n")
            throw ExitCode(deadline.isPassed ? 1 : 2)
        }
        if html != Terminal.standard { Terminal.out(json ? report.json() : report.text()) }
        for line in report.warnings { Terminal.error("alert-rules: \(line)\n") }
        for error in report.errors { Terminal.error("alert-rules: \(error)\n") }
        if let html { try writePage(report.html(), to: html) }
        let isRefused = complain(of: report)
        if isRefused || !report.errors.isEmpty { throw ExitCode(1) }
        if let failOn, report.isBlind {
            Terminal.error("alert-rules: --fail-on \(failOn.rawValue): without samples nobody can tell\n")
            throw ExitCode(2)
        }
    }

    /// Whether an alert reached the state of `--fail-on`.
    private func complain(of report: ReplayReport) -> Bool {
        guard let failOn else { return false }
        let found = report.timelines.filter { failOn == .pending ? !$0.phases.isEmpty : $0.hasFired }
        guard let first = found.first else { return false }
        let name = "\(first.name) \(first.labels.dropping(["alertname"]))"
        let more = found.count > 1 ? " and \(found.count - 1) more" : ""
        Terminal.error("alert-rules: --fail-on \(failOn.rawValue): \(name)\(more)\n")
        return true
    }

    private func loadRules(_ options: RuleFile.Options) throws -> [RuleFile] {
        var files: [RuleFile] = []
        for path in Terminal.once(rules) {
            do {
                let file = try RuleFile.load(path: path, options: options)
                if let rest = file.furtherDocument { Terminal.error("alert-rules: warning: \(rest)\n") }
                files.append(file)
            } catch {
                Terminal.error(error.errors.map { "alert-rules: \($0)\n" }.joined())
                throw ExitCode(2)
            }
        }
        return files
    }

    private func writePage(_ page: String, to path: String) throws {
        if path == Terminal.standard { return Terminal.out(page) }
        guard Terminal.write(page, toFile: path) else {
            Terminal.error("alert-rules: cannot write \(path): \(Terminal.lastError)\n")
            throw ExitCode(2)
        }
    }
}
