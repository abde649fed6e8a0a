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

    /// Reads the file and the environment.
    ///
    /// - Parameter faultCode: The exit code when they are wrong, which is said with file, line and column; what cannot be
    ///   read is 2.
    func load(faultCode: Int32 = 2) throws -> ShipperConfiguration {
        do {
            return try read()
        } catch {
            throw failure("\(error)", code: Self.isReadable(config) ? faultCode : 2)
        }
    }

    /// Reads the file and the environment, and says nothing.
    func read() throws -> ShipperConfiguration {
        try ShipperConfiguration.load(path: config, environment: Self.environment())
    }

    /// Prints a message to stderr and gives the exit code for wrong usage and unreadable input.
    func failure(_ message: String, code: Int32 = 2) -> ExitCode {
        Self.complain("log-shipper: \(message)")
        return ExitCode(code)
    }

    private static func isReadable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR && access(path, R_OK) == 0
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
