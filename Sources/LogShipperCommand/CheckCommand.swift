import ArgumentParser
import LogShipper

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validates the configuration and shows which files match.")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        for line in ConfigurationCheck(try options.load()).lines { print(line) }
    }
}
