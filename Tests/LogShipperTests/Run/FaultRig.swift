import CurlHTTP
import Foundation
import GatewayMetrics
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// A whole shipper with one output, for tests against a destination that misbehaves. Reads `*.log` of a directory of its
/// own; retries come after milliseconds.
final class FaultRig {
    let directory: TemporaryDirectory
    private let shipper: Shipper
    private let log = LogRecorder()
    /// What the shipper has said, with its level.
    var messages: [String] { log.messages }

    init(
        _ url: String, _ text: String, memoryBytes: Int? = nil,
        _ change: (inout ShipperConfiguration.Output) -> Void = { _ in }
    ) throws {
        directory = try TemporaryDirectory("faults")
        try directory.write(text, to: "x.log")
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        var output = ShipperConfiguration.Output(name: "out", type: .ndjson, url: url)
        output.batchMaxAgeNanos = 20_000_000
        output.retryInitialNanos = 5_000_000
        output.retryMaxNanos = 20_000_000
        output.compression = .none
        output.proxy = .none
        change(&output)
        configuration.outputs = [output]
        if let memoryBytes { configuration.memoryBytes = memoryBytes }
        configuration.rescanNanos = 20_000_000
        configuration.checkpointNanos = 20_000_000
        configuration.drainNanos = 50_000_000
        configuration.opsListen = ""
        shipper = try Shipper(configuration, logger: Logger(label: "test", factory: { [log] _ in log }))
    }

    func append(_ text: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: directory.file("x.log")))
        handle.seekToEndOfFile()
        handle.write(Data(text.utf8))
        try handle.close()
    }

    /// The sum of a metric's series that have a label of this value.
    func value(_ name: String, _ label: String? = nil) -> Int {
        var total = 0
        shipper.metrics.registry.forEachSample { series, labels, value in
            if series == name, label == nil || labels.contains(where: { $0.1 == label }) { total += Int(value) }
        }
        return total
    }

    var acked: Int { value("shipper_acked_lines_total") }

    var isBalanced: Bool {
        let settled =
            acked + value("shipper_dropped_lines_total") + value("shipper_dead_letters_total")
            + value("shipper_pending_lines")
        return settled == value("shipper_read_lines_total")
    }

    /// Stops the shipper; whether everything was settled.
    func finish() -> Bool {
        shipper.stop()
        return shipper.wait()
    }

    static func text(_ request: StubRequest) -> String { String(decoding: request.body, as: UTF8.self) }
}
