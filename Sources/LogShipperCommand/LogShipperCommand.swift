import ArgumentParser

/// `log-shipper`: arguments and wiring only.
@main
struct LogShipperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-shipper",
        abstract: "Ships log files per tenant, at least once.",
        subcommands: [RunCommand.self, CheckCommand.self, StatusCommand.self])
}
