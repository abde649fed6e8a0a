import AlertRules
import ArgumentParser

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Runs unit tests of rules, in promtool's format and with its exit codes.")

    @Argument(help: "Files of unit tests.")
    var files: [String]

    @Option(
        name: .customLong("run"), parsing: .singleValue,
        help: ArgumentHelp("Run only tests whose name matches; may be repeated.", valueName: "regexp"))
    var patterns: [String] = []

    @Flag(help: "Dump all series after each test.")
    var debug = false

    @Flag(help: "Skip unknown keys of rule files.")
    var ignoreUnknownFields = false

    @Flag(help: .hidden)
    var stepByStep = false

    @OptionGroup var compatibility: CompatibilityOption
    @OptionGroup var features: FeatureOption

    mutating func run() throws {
        var options = UnitTestRunner.Options()
        options.runPatterns = patterns
        options.isDebugging = debug
        options.ignoresUnknownKeys = ignoreUnknownFields
        options.compatibility = compatibility.compat
        options.features = features.read()
        options.forcesSteps = stepByStep
        let runner: UnitTestRunner
        do {
            runner = try UnitTestRunner(options: options)
        } catch {
            Terminal.error("alert-rules: --run: \(error)\n")
            throw ExitCode(1)
        }
        var hasFailed = false
        for file in files {
            Terminal.out("Unit Testing:  \(file)\n")
            let result = runner.run(file: file)
            for warning in result.warnings { Terminal.error(warning + "\n") }
            Terminal.out(result.debugOutput)
            if result.failures.isEmpty {
                Terminal.out("  SUCCESS\n\n")
            } else {
                hasFailed = true
                Terminal.error("  FAILED:\n" + result.failures.map { $0 + "\n" }.joined() + "\n")
                Terminal.out("\n")
            }
        }
        if hasFailed { throw ExitCode(1) }
    }
}
