import ArgumentParser
import LogShipper

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The option that every subcommand has, and what is done with it.
struct ConfigOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration file.")
    var config: String

    /// Reads the file and the environment; exit code 2 with file, line and column where they are wrong.
    func load() throws -> ShipperConfiguration {
        do {
            return try ShipperConfiguration.load(path: config, environment: Self.environment())
        } catch {
            throw failure("\(error)")
        }
    }

    /// Prints a message to stderr and gives the exit code for wrong usage and unreadable input.
    func failure(_ message: String) -> ExitCode {
        Self.complain("log-shipper: \(message)")
        return ExitCode(2)
    }

    /// Prints a line to stderr.
    static func complain(_ message: String) {
        var line = message + "\n"
        line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func environment() -> [String: String] {
        var result: [String: String] = [:]
        for (variable, _) in ShipperConfiguration.environmentKeys {
            if let value = getenv(variable) { result[variable] = String(cString: value) }
        }
        return result
    }
}
