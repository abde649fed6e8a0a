import AlertRules
import ArgumentParser

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Runs unit tests of rules: promtool's files, options and exit codes.",
        discussion: """
            A drop-in for `promtool test rules FILE…`: say `alert-rules test FILE…` (the word `rules` in front is \
            accepted). docs/ALERT_RULES.md explains every key of the files, what is beyond promtool, and what differs.

            Exit codes: 0 all tests passed, 1 a test failed, a file is wrong, or the usage is.

            EXAMPLES
              alert-rules test tests/*.yml
              alert-rules test --run '^disk' --diff tests/disk.yml
              alert-rules test --junit report.xml tests/*.yml
            """)

    @Argument(
        help: "Files of unit tests; - for standard input, whose rule files are looked for from the current folder.")
    var files: [String]

    @Option(
        name: .customLong("run"), parsing: .singleValue,
        help: ArgumentHelp(
            "Run only tests whose name matches somewhere (RE2); may be repeated, the expressions are joined by |.",
            valueName: "regexp"))
    var patterns: [String] = []

    @Flag(help: "Show how expected and actual alerts differ, as JSON; coloured on a terminal unless NO_COLOR is set.")
    var diff = false

    @Flag(name: .shortAndLong, help: "Print only what is wrong.")
    var quiet = false

    @Option(
        help: ArgumentHelp(
            "Write a report in JUnit's XML: a suite a file, a case a test. With - it goes to standard output, and what stands there otherwise to standard error.",
            valueName: "file"))
    var junit: String?

    @Flag(help: "Dump all series after each test to stderr.")
    var debug = false

    @Flag(help: "Skip unknown keys of rule files (of test files never).")
    var ignoreUnknownFields = false

    @Flag(help: "Evaluate each group at its own interval; promtool evaluates all at evaluation_interval.")
    var honourGroupInterval = false

    @Option(
        help: ArgumentHelp(
            "Samples that a test's inputs, the series its rules write, and a query may each have.",
            valueName: "count"))
    var maxSamples = 50_000_000

    @Option(help: ArgumentHelp("Tests run at once. Default: the number of processors.", valueName: "count"))
    var jobs: Int?

    @Flag(help: .hidden)
    var stepByStep = false

    @OptionGroup var compatibility: CompatibilityOption
    @OptionGroup var features: FeatureOption

    /// Files between which results are printed.
    private static let batch = 64

    mutating func validate() throws {
        if maxSamples < 1 { throw ValidationError("--max-samples must be at least 1") }
        try Terminal.checkStandardInput(files)
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be 1 to 256") }
    }

    mutating func run() throws {
        files = Usage.withoutPromtoolsWord("rules", files)
        let runner: UnitTestRunner
        do {
            runner = try UnitTestRunner(options: options())
        } catch {
            Terminal.error("alert-rules: --run: \(error)\n")
            throw ExitCode(1)
        }
        var reports: [UnitTestReport] = []
        for first in stride(from: 0, to: files.count, by: TestCommand.batch) {
            let batch = runner.run(files: Array(files[first..<min(files.count, first + TestCommand.batch)]))
            for report in batch { show(report) }
            reports += batch
        }
        let isWritten = junit.map { writeReport(reports, to: $0) } ?? true
        if !isWritten || !reports.allSatisfy(\.isPassed) { throw ExitCode(1) }
    }

    private func options() -> UnitTestRunner.Options {
        var options = UnitTestRunner.Options()
        options.runPatterns = patterns
        options.isDebugging = debug
        options.diffIsColoured = diff ? Terminal.wantsColours : nil
        options.ignoresUnknownKeys = ignoreUnknownFields
        options.honoursGroupIntervals = honourGroupInterval
        options.maxSamples = maxSamples
        options.workers = jobs
        options.compatibility = compatibility.compat
        options.features = features.read()
        options.forcesSteps = stepByStep
        return options
    }

    /// What promtool prints, on the streams on which it does.
    private func show(_ report: UnitTestReport) {
        if quiet, report.isPassed, report.warnings.isEmpty, report.cases.allSatisfy(\.debugOutput.isEmpty) { return }
        say("Unit Testing:  \(report.path)\n")
        for warning in report.warnings { Terminal.error(warning + "\n") }
        for item in report.cases where !item.debugOutput.isEmpty { Terminal.error(item.debugOutput) }
        if report.isPassed {
            say("  SUCCESS\n\n")
        } else {
            Terminal.error("  FAILED:\n")
            for failure in report.failures {
                Terminal.error(failure + "\n")
                say("\n")
            }
            say("\n")
        }
    }

    /// On standard output, unless the report of `--junit` has it for itself.
    private func say(_ text: String) {
        if junit == Terminal.standard { Terminal.error(text) } else { Terminal.out(text) }
    }

    private func writeReport(_ reports: [UnitTestReport], to path: String) -> Bool {
        let text = UnitTestReport.junit(reports, unixMillis: Terminal.unixMillis)
        if path == Terminal.standard {
            Terminal.out(text)
            return true
        }
        if Terminal.write(text, toFile: path) { return true }
        Terminal.error("alert-rules: cannot write \(path): \(Terminal.lastError)\n")
        return false
    }
}
