import Foundation
import Locking

/// A program started by a test, with its output in files; it is killed when the value goes away.
public final class ChildProcess: Sendable {
    /// The process id.
    public let pid: Int32
    private let folder: TemporaryDirectory
    /// What `waitpid` said, once it has ended.
    private let ending = Locked<Int32?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: Absolute path.
    ///   - environment: Added to the test's own.
    ///   - directory: The working folder, if it matters.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil
    ) throws {
        folder = try TemporaryDirectory("child")
        pid = try Spawning.start(
            executable, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            directory: directory, outputs: [folder.file("stdout"), folder.file("stderr")])
    }

    deinit {
        signal(SIGKILL)
        waitForEnd()
    }

    /// Whether it still runs.
    public var isRunning: Bool { ended(options: WNOHANG) == nil }
    /// What it printed so far.
    public var standardOutput: String { folder.text("stdout") }
    /// What it complained so far.
    public var standardError: String { folder.text("stderr") }

    /// Sends a signal to this process alone.
    public func signal(_ number: Int32) { if isRunning { kill(pid, number) } }

    /// Waits for the end; kills the program when the bound passes.
    ///
    /// - Returns: The exit status; the signal's number negated when a signal ended it; nil when the bound passed.
    @discardableResult
    public func wait(within seconds: Double = 30) -> Int32? {
        guard eventually(within: seconds, { !isRunning }) else {
            signal(SIGKILL)
            waitForEnd()
            return nil
        }
        let status = waitForEnd()
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
    }

    @discardableResult
    private func waitForEnd() -> Int32 { ended(options: 0) ?? 0 }

    /// The status of `waitpid`, which must be asked only once after the end; nil while it runs.
    private func ended(options: Int32) -> Int32? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: Int32 = 0
            var result: pid_t
            repeat { result = waitpid(pid, &status, options) } while result < 0 && errno == EINTR
            if result != 0 { ending = result == pid ? status : 0 }
            return ending
        }
    }

    /// SIGTERM, then ``wait(within:)``.
    @discardableResult
    public func terminate(within seconds: Double = 30) -> Int32? {
        signal(SIGTERM)
        return wait(within: seconds)
    }

    /// Runs a program to its end.
    public static func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
        directory: String? = nil, within seconds: Double = 60
    ) throws -> (status: Int32?, output: String, error: String) {
        let child = try ChildProcess(executable, arguments, environment: environment, directory: directory)
        let status = child.wait(within: seconds)
        return (status, child.standardOutput, child.standardError)
    }
}
