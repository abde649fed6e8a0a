import Foundation
import TestSupport

/// The programs of this package, as users start them.
enum Programs {
    /// A backtrace of a crash takes minutes; a test wants the signal.
    static let environment = ["SWIFT_BACKTRACE": "enable=no"]

    static func path(_ name: String) throws -> String {
        guard let path = Tool.product(name) else { throw Absent(what: "the program \(name) isn't built") }
        return path
    }

    /// Runs one of them to its end.
    static func run(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
        within seconds: Double = 30
    ) throws -> (status: Int32?, output: String, error: String) {
        try ChildProcess.run(
            path(name), arguments, environment: Self.environment.merging(environment) { $1 }, directory: directory,
            within: seconds)
    }

    /// Starts one that serves, again with other ports when somebody took one of them in between.
    ///
    /// - Parameters:
    ///   - ports: How many free ports it needs.
    ///   - start: Makes the child from the ports.
    ///   - isReady: Asked until it says yes.
    static func serve(
        ports count: Int, start: ([Int]) throws -> ChildProcess, isReady: ([Int]) -> Bool
    ) throws -> (child: ChildProcess, ports: [Int]) {
        var complaint = ""
        for _ in 0..<3 {
            let ports = try (0..<count).map { _ in try Loopback.freePort() }
            let child = try start(ports)
            let isUp = eventually(within: 30) { !child.isRunning || isReady(ports) }
            if isUp && child.isRunning { return (child, ports) }
            child.signal(SIGKILL)
            complaint = child.standardError + child.standardOutput
            guard complaint.contains("in use") else { break }
        }
        throw Absent(what: "the program didn't start: \(complaint.prefix(2_000))")
    }

    /// Whether a GET of a path answers 200.
    static func answers(_ path: String, port: Int) -> Bool {
        (try? request("GET", path, port: port, timeoutSeconds: 2).status) == 200
    }
}
