import ArgumentParser

@main
struct AlertRulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "alert-rules")
}
