import CurlHTTP
import Foundation
import GatewayMetrics
import Locking
import Logging
import Synchronization
import TestSupport
import Testing

@testable import LogShipper

/// The real calls; knows which bytes of the dead-letter file a loss of power would leave, and looks at every checkpoint.
private final class WatchedFileSystem: StateFileSystem {
    private struct State {
        var paths: [Int32: String] = [:]
        /// What of each file was synced.
        var durable: [String: String] = [:]
        var isFailing = true
        var failures = 0
        var broken: [String] = []
        var checkpoints = 0
    }

    private let real = PosixStateFileSystem()
    private let state = Locked(State())
    /// The offset of the line that is refused, and what stands of it in a letter.
    private let offset: Int64
    private let letter: String

    init(offset: Int64, letter: String) {
        self.offset = offset
        self.letter = letter
    }

    /// Dead letters can be written from now on.
    func mend() { state.withLock { $0.isFailing = false } }

    var failures: Int { state.withLock { $0.failures } }
    /// Checkpoints that counted the line as done although its letter was not on the disk.
    var broken: [String] { state.withLock { $0.broken } }
    var checkpoints: Int { state.withLock { $0.checkpoints } }

    func create(_ path: String) throws(SystemError) -> Int32 { note(try real.create(path), path) }
    func openForAppending(_ path: String) throws(SystemError) -> Int32 { note(try real.openForAppending(path), path) }

    private func note(_ descriptor: Int32, _ path: String) -> Int32 {
        state.withLock { $0.paths[descriptor] = path }
        return descriptor
    }

    func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) { try real.write(descriptor, bytes) }

    func sync(_ descriptor: Int32) throws(SystemError) {
        let path = state.withLock { $0.paths[descriptor] ?? "" }
        let isFailing = state.withLock { state in
            guard state.isFailing, path.contains("dead-letters") else { return false }
            state.failures += 1
            return true
        }
        if isFailing { throw SystemError("fsync", path, code: ENOSPC) }
        try real.sync(descriptor)
        let text = String(decoding: try real.read(path) ?? [], as: UTF8.self)
        state.withLock { $0.durable[path] = text }
    }

    func close(_ descriptor: Int32) {
        state.withLock { $0.paths[descriptor] = nil }
        real.close(descriptor)
    }

    func rename(_ from: String, to: String) throws(SystemError) {
        if let bytes = try real.read(from), let checkpoint = try? CheckpointCodec.decode(bytes) { look(checkpoint) }
        try real.rename(from, to: to)
    }

    private func look(_ checkpoint: Checkpoint) {
        state.withLock { state in
            state.checkpoints += 1
            let isBuried = state.durable.values.contains { $0.contains(letter) }
            for file in checkpoint.files where file.resumeOffset > offset && !isBuried {
                state.broken.append("\(file.path) at \(file.resumeOffset)")
            }
        }
    }

    func remove(_ path: String) throws(SystemError) { try real.remove(path) }
    func syncDirectory(_ path: String) throws(SystemError) { try real.syncDirectory(path) }
    func read(_ path: String) throws(SystemError) -> [UInt8]? { try real.read(path) }
    func lastByte(_ path: String) throws(SystemError) -> UInt8? { try real.lastByte(path) }
    func makeDirectory(_ path: String) throws(SystemError) { try real.makeDirectory(path) }
    func names(in directory: String) throws(SystemError) -> [String]? { try real.names(in: directory) }
    func removeDirectory(_ path: String) throws(SystemError) { try real.removeDirectory(path) }
    func truncate(_ path: String, to size: Int64) throws(SystemError) { try real.truncate(path, to: size) }
    func openForReading(_ path: String) throws(SystemError) -> Int32? { try real.openForReading(path) }
    func size(_ descriptor: Int32) throws(SystemError) -> Int64 { try real.size(descriptor) }
    func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        try real.read(descriptor, at: offset, count: count)
    }
}

@Suite("Dead letters and progress", .serialized)
struct DeadLetterOrderTests {
    private static func line(_ number: Int) -> String { "{\"tenant\":\"a\",\"n\":\(number)}\n" }

    @Test("case 48: progress passes a line that is refused for good only when its dead letter is on the disk")
    func order() throws {
        let directory = try TemporaryDirectory("order")
        let stub = try HTTPStub { request in
            FaultRig.text(request).contains("\"n\":1}") ? .status(400) : .status(200)
        }
        defer { stub.stop() }
        try directory.write((1...6).map(Self.line).joined() + "{\"tenant\":\"b\"}\n", to: "x.log")
        var configuration = ShipperConfiguration(stateDirectory: directory.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log")])]
        configuration.outputs = [ShipperConfiguration.Output(name: "out", type: .ndjson, url: stub.url)]
        configuration.outputs[0].batchMaxLines = 2
        configuration.outputs[0].batchMaxAgeNanos = 5_000_000
        configuration.outputs[0].retryInitialNanos = 5_000_000
        configuration.outputs[0].retryMaxNanos = 10_000_000
        configuration.outputs[0].compression = .none
        configuration.outputs[0].proxy = .none
        configuration.rescanNanos = 10_000_000
        configuration.checkpointNanos = 10_000_000
        configuration.opsListen = ""
        let system = WatchedFileSystem(offset: 0, letter: "\"tenant\":\"a\"")
        let shipper = try Shipper(
            configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), system: system)
        // The other tenant's progress is written meanwhile.
        #expect(eventually { system.failures >= 3 && system.checkpoints >= 1 })
        #expect(system.broken.isEmpty)
        system.mend()
        var dead = 0.0
        #expect(
            eventually {
                dead = 0
                shipper.metrics.registry.forEachSample { name, _, value in
                    if name == "shipper_dead_letters_total" { dead += value }
                }
                return dead == 1
            })
        shipper.stop()
        #expect(shipper.wait())
        #expect(system.broken.isEmpty)
        #expect(directory.text("state/dead-letters.out.jsonl").contains("\"offset\":0,"))
    }
}
