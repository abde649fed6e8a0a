import Foundation
import TestSupport

/// A `log-shipper` with a folder and a port of its own, which can be killed and started again.
final class ShipperProcess {
    private(set) var child: ChildProcess
    let opsPort: Int
    private let folder: TemporaryDirectory
    private let program: String
    private let openFiles: Int?
    private let configuration: String
    private var starts = 0

    /// Where it keeps its progress.
    var stateDirectory: String { folder.file("state") }

    /// Starts it and waits until it is ready.
    ///
    /// - Parameters:
    ///   - paths: The globs that it tails.
    ///   - url: Where it sends NDJSON.
    ///   - settings: More top-level lines of the configuration.
    ///   - batch: The output's batch.
    ///   - openFiles: How many descriptors it may have; nil for as many as the tests.
    init(
        paths: [String], url: String, settings: String = "",
        batch: String = "{ max_bytes: 64KiB, max_age: 100ms }", openFiles: Int? = nil
    ) throws {
        let folder = try TemporaryDirectory("shipper")
        let program = try Programs.path("log-shipper")
        let globs = paths.map { "\"\($0)\"" }.joined(separator: ", ")
        func text(_ port: Int) -> String {
            """
            state_dir: "\(folder.file("state"))"
            ops: { listen: "127.0.0.1:\(port)" }
            inputs: [{ paths: [\(globs)], tenant_field: tenant, start_at: beginning }]
            outputs:
              - name: sink
                type: ndjson
                url: "\(url)"
                headers: { \(LogReceiver.startHeader): "START" }
                batch: \(batch)
                compression: gzip
                retry: { initial: 50ms, max: 500ms }
            \(settings)

            """
        }
        let served = try Programs.serve(ports: 1) { ports in
            try Self.start(program, text(ports[0]), folder, start: 0, openFiles)
        } isReady: { ports in
            Programs.answers("/readyz", port: ports[0])
        }
        child = served.child
        opsPort = served.ports[0]
        configuration = text(served.ports[0])
        self.folder = folder
        self.program = program
        self.openFiles = openFiles
    }

    private static func start(
        _ program: String, _ configuration: String, _ folder: TemporaryDirectory, start: Int, _ openFiles: Int?
    ) throws -> ChildProcess {
        let text = configuration.replacingOccurrences(of: "START", with: "\(start)")
        let file = try folder.write(text, to: "shipper.yaml")
        let command = openFiles.map { ["-c", "ulimit -n \($0); exec \"$0\" \"$@\"", program] } ?? []
        return try ChildProcess(
            openFiles == nil ? program : "/bin/sh", command + ["run", "--config", file],
            environment: Programs.environment, directory: folder.path)
    }

    /// SIGKILL, and waits for the end.
    func killNow() {
        child.signal(SIGKILL)
        child.wait()
    }

    /// Starts it again on the same state, with the next number in its header; doesn't wait until it is ready.
    func startAgain() throws {
        starts += 1
        child = try Self.start(program, configuration, folder, start: starts, openFiles)
    }

    /// Writes a changed configuration and sends SIGHUP; "START" in it stands for the number of the start.
    func reload(_ change: (String) -> String) throws {
        let text = change(configuration).replacingOccurrences(of: "START", with: "\(starts)")
        try folder.write(text, to: "shipper.yaml")
        child.signal(SIGHUP)
    }

    /// Runs another command of the program with the same configuration, to its end.
    func command(_ words: [String]) throws -> (status: Int32?, output: String, error: String) {
        try Programs.run("log-shipper", words + ["--config", folder.file("shipper.yaml")])
    }

    /// The samples of `/metrics`.
    func metrics() throws -> MetricsPage { try MetricsPage(port: opsPort) }

    /// acknowledged + dropped + dead + pending, and read: the two sides of the account of the output.
    func account() throws -> (settledOrPending: Double, read: Double, pending: Double) {
        let page = try metrics()
        let pending = page.sum("shipper_pending_lines", ["output": "sink"])
        let settled =
            page.sum("shipper_acked_lines_total", ["output": "sink"])
            + page.sum("shipper_dropped_lines_total", ["output": "sink"])
            + page.sum("shipper_dead_letters_total", ["output": "sink"])
        return (settled + pending, page.sum("shipper_read_lines_total", ["output": "sink"]), pending)
    }
}
