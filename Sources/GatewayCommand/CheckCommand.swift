import ArgumentParser
import Gateway

/// `gateway check`: validates and prints the configuration in force.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate the configuration and its rule files; print the configuration in force.",
        discussion: "Exit codes: 0 fine, 1 something is wrong, 2 a file cannot be read.")

    @OptionGroup var source: ConfigurationOption
    @Flag(help: "Print the table of all keys as Markdown and exit.")
    var keys = false
    @Flag(help: "Print the names of all environment variables and exit.")
    var variables = false

    func run() throws {
        if keys { return print(GatewayConfiguration.markdown(), terminator: "") }
        if variables { return print(GatewayConfiguration.environmentNames.joined(separator: "\n")) }
        let check = ConfigurationCheck.run(path: source.config, environment: ProcessSetup.environment)
        switch check {
        case .fine(let effective, let warnings):
            warnings.forEach { StandardError.write("warning: \($0)") }
            print(effective, terminator: "")
        case .wrong(let problems), .unreadable(let problems): problems.forEach(StandardError.write)
        }
        throw ExitCode(check.exitCode)
    }
}
