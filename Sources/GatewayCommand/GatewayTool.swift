import ArgumentParser
import Gateway

/// `gateway`: arguments and wiring only.
@main
struct GatewayTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "A multi-tenant API gateway with its observability built in.",
        version: gatewayVersion,
        subcommands: [RunCommand.self, CheckCommand.self])

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
            let code = exitCode(for: error)
            guard code == .validationFailure else { exit(withError: error) }
            StandardError.write(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}

/// Where the configuration comes from.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "The YAML file; without it the defaults and the environment are all there is.")
    var config: String?
}
