import ArgumentParser

@main
struct AlertRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert-rules",
        abstract: "Checks, tests and replays Prometheus alert rules.",
        discussion: "Exit codes: 0 fine, 1 the check found something, 2 wrong usage or unreadable input.",
        subcommands: [CheckCommand.self, TestCommand.self])
}
