import Foundation

/// A program started by a test, with its output in files; it is killed when the value goes away.
public final class ChildProcess: @unchecked Sendable {
    private let process = Process()
    private let folder: TemporaryDirectory
    private let outputHandles: [FileHandle]

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
        outputHandles = try ["stdout", "stderr"].map { [folder] name in
            _ = FileManager.default.createFile(atPath: folder.file(name), contents: nil)
            return try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file(name)))
        }
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = outputHandles[0]
        process.standardError = outputHandles[1]
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        for handle in outputHandles { try? handle.close() }
    }

    /// The process id.
    public var pid: Int32 { process.processIdentifier }
    /// Whether it still runs.
    public var isRunning: Bool { process.isRunning }
    /// What it printed so far.
    public var standardOutput: String { folder.text("stdout") }
    /// What it complained so far.
    public var standardError: String { folder.text("stderr") }

    /// Sends a signal to this process alone.
    public func signal(_ number: Int32) { if process.isRunning { kill(pid, number) } }

    /// Waits for the end; kills the program when the bound passes.
    ///
    /// - Returns: The exit status; the signal's number negated when a signal ended it; nil when the bound passed.
    @discardableResult
    public func wait(within seconds: Double = 30) -> Int32? {
        guard eventually(within: seconds, { !process.isRunning }) else {
            kill(pid, SIGKILL)
            process.waitUntilExit()
            return nil
        }
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
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
