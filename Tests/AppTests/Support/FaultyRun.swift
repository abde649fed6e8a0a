import Foundation
import Locking
import TestSupport

/// A short life of a log-shipper in which one system call fails: a rotation, refused lines, a tenant that is spooled.
final class FaultyRun {
    /// Refuses poison for good, and one tenant for a while.
    private final class Sink: Sendable {
        private let state = Locked((lines: Set<String>(), refusals: 0))

        var lines: Set<String> { state.withLock { $0.lines } }

        func answer(_ request: StubRequest) -> StubResponse {
            let text = String(decoding: request.body, as: UTF8.self)
            if text.contains("poison") { return .status(400) }
            return state.withLock { state in
                if text.contains("tenant-2"), state.refusals < 8 {
                    state.refusals += 1
                    return .status(503)
                }
                state.lines.formUnion(text.split(separator: "\n").map(String.init))
                return .status(204)
            }
        }
    }

    private static let lineCount = 60

    private let folder: TemporaryDirectory
    private let stub: HTTPStub
    private let sink = Sink()
    private let configuration: String
    private let fault: FaultLibrary.Fault?
    private var child: ChildProcess
    private var hasRestarted = false
    private(set) var problems: [String] = []
    /// How often the program refused to start.
    var refusedStart: Bool { hasRestarted }

    init(_ fault: FaultLibrary.Fault?) throws {
        self.fault = fault
        let folder = try TemporaryDirectory("faulty")
        let stub = try HTTPStub { [sink] request in sink.answer(request) }
        self.stub = stub
        self.folder = folder
        configuration = try folder.write(
            """
            state_dir: "\(folder.file("below/state"))"
            ops: { listen: "" }
            rescan: 20ms
            checkpoint_interval: 20ms
            rotate_grace: 50ms
            inputs: [{ paths: ["\(folder.file("below"))/*.jsonl"], tenant_field: tenant, start_at: beginning }]
            outputs:
              - name: sink
                type: ndjson
                url: "\(stub.url)/logs"
                batch: { max_bytes: 1KiB, max_age: 10ms }
                compression: none
                retry: { initial: 10ms, max: 40ms }
                spool: { after: 0s }

            """, to: "shipper.yaml")
        try FileManager.default.createDirectory(atPath: folder.file("below"), withIntermediateDirectories: true)
        FaultyRun.append(0..<(FaultyRun.lineCount / 2), to: folder.file("below/app.jsonl"))
        child = try FaultyRun.start(folder, configuration, fault)
    }

    deinit { stub.stop() }

    var counts: [FaultLibrary.Kind: Int] { FaultLibrary.counts(folder.file("counters")) }

    private static func start(
        _ folder: TemporaryDirectory, _ configuration: String, _ fault: FaultLibrary.Fault?
    ) throws -> ChildProcess {
        let faults = try FaultLibrary.environment(
            fault, below: folder.file("below"), counters: folder.file("counters"))
        return try ChildProcess(
            Programs.path("log-shipper"), ["run", "--config", configuration],
            environment: Programs.environment.merging(faults) { $1 }, directory: folder.path)
    }

    private static func line(_ number: Int) -> String {
        "{\"tenant\":\"tenant-\(number % 3)\",\"n\":\(number),\"kind\":\"\(isPoison(number) ? "poison" : "fine")\"}"
    }

    private static func isPoison(_ number: Int) -> Bool { number % 20 == 7 }

    private static func append(_ numbers: Range<Int>, to path: String) {
        let text = Array(numbers.map { line($0) + "\n" }.joined().utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        _ = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// To the end, with the file rotated in the middle.
    func finish() throws {
        let half = FaultyRun.lineCount / 2
        wait { self.sink.lines.count >= half / 4 }
        rename(folder.file("below/app.jsonl"), folder.file("below/app-1.jsonl"))
        FaultyRun.append(half..<FaultyRun.lineCount, to: folder.file("below/app.jsonl"))
        wait { self.missing.isEmpty }
        let missing = missing
        if !missing.isEmpty { problems.append("\(missing.count) lines are missing: \(missing.prefix(3))") }
        let status = child.terminate()
        if status != 0, problems.isEmpty { problems.append("it ended with \(status ?? 0)") }
    }

    /// What was neither delivered nor, as it must be of poison, written to the dead letters.
    private var missing: [Int] {
        let delivered = sink.lines
        let letters = folder.text("below/state/dead-letters.sink.jsonl")
        return (0..<FaultyRun.lineCount).filter { number in
            let line = FaultyRun.line(number)
            guard FaultyRun.isPoison(number) else { return !delivered.contains(line) }
            return !letters.contains(Data(line.utf8).base64EncodedString())
        }
    }

    private func wait(_ condition: () -> Bool) {
        _ = eventually(within: 30) {
            if condition() { return true }
            return !keepRunning()
        }
    }

    /// Starts the program again, without faults, where it has refused to start. Whether it is worth waiting.
    private func keepRunning() -> Bool {
        guard !child.isRunning else { return true }
        let status = child.wait() ?? 0
        let complaint = child.standardError
        if status <= 0 || complaint.isEmpty || hasRestarted {
            if problems.isEmpty { problems.append("it ended by itself with \(status): \(complaint.suffix(300))") }
            return false
        }
        hasRestarted = true
        guard let next = try? FaultyRun.start(folder, configuration, nil) else { return false }
        child = next
        return true
    }
}
