import AlertRules
import ArgumentParser

struct FmtCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Formats the expressions of rule files and unit-test files in place, as promtool promql format does.",
        discussion: """
            Everything but the expressions stays as it is, byte for byte; comments inside expressions are kept. A file \
            is replaced at once and keeps its mode; a symbolic link stays one, and a file with several names (hard \
            links) is written in place, so that all of them see the change. Without files, or with -, standard input \
            is formatted to standard output.
            Exit codes: 0 fine, 1 --check found something to format or something had to be left as it is, 2 a file \
            cannot be read or written.
            """)

    @Argument(help: "Rule files or unit-test files; - for standard input.")
    var files: [String] = []

    @Flag(help: "Change nothing; name the files that are not formatted.")
    var check = false

    @Flag(help: "Change nothing; show what would change.")
    var diff = false

    @Flag(name: .shortAndLong, help: "Print problems only, not which files were formatted.")
    var quiet = false

    @OptionGroup var features: FeatureOption

    mutating func run() throws {
        // The layout of an expression doesn't depend on them, so all are on; only unknown names are told.
        _ = features.read()
        var worst: Int32 = 0
        for file in files.isEmpty ? ["-"] : files { worst = max(worst, format(file)) }
        if worst != 0 { throw ExitCode(worst) }
    }

    private func format(_ file: String) -> Int32 {
        let name = file == "-" ? "<stdin>" : file
        let original: String
        do {
            original = try FileReplacement.read(file == "-" ? "/dev/stdin" : file)
        } catch {
            Terminal.error("alert-rules: \(name): \(error.reason)\n")
            return 2
        }
        let result = RuleFormatter(original, file: name)
        for problem in result.problems { Terminal.error("alert-rules: \(problem)\n") }
        let isChanged = result.text != original
        if diff { Terminal.out(LineDiff.unified(original, result.text, path: name)) }
        if check || diff {
            if check, isChanged { Terminal.out("\(name): \(result.changes) expressions to format\n") }
        } else if file == "-" {
            Terminal.out(result.text)
        } else if isChanged {
            if let reason = FileReplacement.replace(file, with: result.text) {
                Terminal.error("alert-rules: \(name): cannot be written: \(reason)\n")
                return 2
            }
            if !quiet { Terminal.out("\(name): \(result.changes) expressions formatted\n") }
        }
        return !result.problems.isEmpty || (check && isChanged) ? 1 : 0
    }
}
