import ArgumentParser
import LogShipper

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validates the configuration and shows which files match.",
        discussion: "Exit codes: 0 fine, 1 something is wrong, 2 the file cannot be read.")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        for line in ConfigurationCheck(try options.load(faultCode: 1)).lines { print(line) }
    }
}
