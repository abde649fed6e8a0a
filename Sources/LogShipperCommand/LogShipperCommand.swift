import ArgumentParser
import LogShipper

/// `log-shipper`: arguments and wiring only.
@main
struct LogShipperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-shipper",
        abstract: "Ships log files per tenant, at least once.",
        version: "log-shipper \(shipperVersion)",
        subcommands: [RunCommand.self, CheckCommand.self, StatusCommand.self, TapCommand.self, DLQCommand.self])

    /// As ArgumentParser's own `main`, but wrong usage ends with 2 by the contract, not with `EX_USAGE`.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            ConfigOptions.complain(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}
