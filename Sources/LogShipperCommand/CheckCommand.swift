import ArgumentParser
import LogShipper

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validates the configuration and shows what would be read and sent; sends and writes nothing.",
        discussion: "Exit codes: 0 fine, 1 something is wrong, 2 the file cannot be read.")

    @OptionGroup var options: ConfigOptions

    @Option(name: .long, help: "How many lines of each input to look at (0 to 100000).")
    var lines = 100

    @Flag(name: .long, help: "Print one JSON document.")
    var json = false

    func validate() throws {
        guard (0...100_000).contains(lines) else { throw ValidationError("--lines must be 0 to 100000") }
    }

    func run() throws {
        let check = ConfigurationCheck(try options.load(faultCode: 1), lines: lines)
        if json { print(check.json) } else { for line in check.lines { print(line) } }
        if !check.problems.isEmpty { throw ExitCode(1) }
    }
}
