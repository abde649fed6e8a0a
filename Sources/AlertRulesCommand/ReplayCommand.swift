import AlertRules
import ArgumentParser
import PromQL
import TimeSeries

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Tells when each alert would have gone pending, fired and resolved on recorded data.",
        discussion: """
            Exit codes: 0 fine, 1 a rule failed, 2 wrong usage or unreadable input.

            EXAMPLES
              alert-rules replay --rules alerts/*.yml --input samples.om
            """)

    @Option(parsing: .upToNextOption, help: "Rule files; may be repeated.")
    var rules: [String]

    @Option(
        parsing: .upToNextOption,
        help: "What 'query' reads: text with timestamps, or a folder of recorded scrapes or blocks; may be repeated.")
    var input: [String]

    @Option(help: "Write a page with timelines to this file.")
    var html: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "First evaluation: RFC 3339 or Unix seconds. Default: the first sample.")
    var start: TimeArgument?

    @Option(help: "Last evaluation. Default: the last sample.")
    var end: TimeArgument?

    @Option(help: "Evaluation interval of all groups. Default: each group's own, or 1m.")
    var interval: DurationArgument?

    @Flag(help: .hidden)
    var stepByStep = false

    @OptionGroup var compatibility: CompatibilityOption
    @OptionGroup var features: FeatureOption

    mutating func validate() throws {
        if let interval, interval.millis <= 0 { throw ValidationError("--interval must be positive") }
    }

    mutating func run() throws {
        let features = features.read()
        let files = try loadRules(RuleFile.Options(parser: ParserOptions(features: features)))
        var options = Replay.Options()
        options.startMillis = start?.millis
        options.endMillis = end?.millis
        options.intervalMillis = interval?.millis
        options.engine.apply(features)
        options.parser = ParserOptions(features: features)
        options.engine.compatibility = compatibility.compat
        options.forcesSteps = stepByStep
        let report: ReplayReport
        do {
            let replay = Replay(files: files, options: options)
            let data = try InputData.open(input) { Terminal.error("alert-rules: \($0)\n") }
            let span = try data.timeSpan()
            report = try replay.run(over: try data.loaded(selectors: replay.selectors), span: span)
        } catch {
            Terminal.error("alert-rules: \(error)\n")
            throw ExitCode(2)
        }
        Terminal.out(json ? report.json() : report.text())
        for error in report.errors { Terminal.error("alert-rules: \(error)\n") }
        if let html { try writePage(report.html(), to: html) }
        if !report.errors.isEmpty { throw ExitCode(1) }
    }

    private func loadRules(_ options: RuleFile.Options) throws -> [RuleFile] {
        var files: [RuleFile] = []
        for path in rules {
            do {
                files.append(try RuleFile.load(path: path, options: options))
            } catch {
                Terminal.error(error.errors.map { "alert-rules: \($0)\n" }.joined())
                throw ExitCode(2)
            }
        }
        return files
    }

    private func writePage(_ page: String, to path: String) throws {
        guard Terminal.write(page, toFile: path) else {
            Terminal.error("alert-rules: cannot write \(path)\n")
            throw ExitCode(2)
        }
    }
}
