import AlertRules
import ArgumentParser

@main
struct AlertRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert-rules",
        abstract: "Checks, tests and replays Prometheus alert rules.",
        discussion: "Exit codes: 0 fine, 1 the check found something, 2 wrong usage or unreadable input; "
            + "'test' only has 0 and 1, as promtool.",
        version: alertRulesVersion,
        subcommands: [CheckCommand.self, FmtCommand.self, TestCommand.self, QueryCommand.self, ReplayCommand.self])

    /// As ArgumentParser's, but for the exit code of wrong usage.
    static func main() {
        Terminal.occupyClosedStreams()
        let arguments = Array(CommandLine.arguments.dropFirst())
        if let problem = Usage.unknownCommand(arguments, among: configuration.subcommands) {
            Terminal.error("Error: \(problem)\nSee 'alert-rules --help' for more information.\n")
            Terminal.leave(Terminal.failureCode)
        }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty {
                if code == .success { Terminal.out(text + "\n") } else { Terminal.error(text + "\n") }
            }
            Terminal.leave(code == .validationFailure ? Terminal.failureCode : code.rawValue)
        }
    }
}
