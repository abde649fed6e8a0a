import Foundation
import Logging
import TestSupport
import Testing

@testable import LogShipper

/// A reader without threads and without a sender: the test is the clock and the destination.
final class ReaderHarness {
    let directory: TemporaryDirectory
    var configuration: ShipperConfiguration
    private(set) var reader: ReaderLoop
    /// Batches given to the sender and not settled.
    private(set) var waiting: [Batch] = []
    /// Those of them that are on their way; the others wait until a kill would not send too much twice.
    private var sent: Set<UInt64> = []
    /// Every line that was sent, in order, with its tenant.
    private(set) var delivered: [(tenant: String, line: String, batch: String)] = []
    /// Batches that were given back before anything of them was sent.
    private(set) var givenBack = 0
    private var failing: Set<String> = []
    private var run = 0
    var now: Int64 = 1_000_000_000
    private let log = LogRecorder()
    /// What the reader has said, with its level.
    var messages: [String] { log.messages }

    init(_ change: (inout ShipperConfiguration) -> Void = { _ in }) throws {
        directory = try TemporaryDirectory("reader")
        configuration = ShipperConfiguration(stateDirectory: directory.path)
        configuration.inputs = [ShipperConfiguration.Input(paths: [directory.file("*.log*")])]
        configuration.outputs = [ShipperConfiguration.Output(name: "out", type: .ndjson, url: "http://127.0.0.1:1/")]
        configuration.rotateGraceNanos = 1
        change(&configuration)
        reader = try ReaderHarness.makeReader(configuration, log)
        collect()
    }

    private static func makeReader(_ configuration: ShipperConfiguration, _ log: LogRecorder) throws -> ReaderLoop {
        let store = CheckpointStore(directory: configuration.stateDirectory)
        let loaded = try store.load()
        let metrics = try ShipperMetrics()
        let part = try #require(PipelinePart.all(configuration).first)
        let reader = try ReaderLoop(
            part, metrics: metrics,
            labels: TenantLabels(limit: configuration.maxTenantSeries, metrics: metrics),
            board: PipelineBoard(metrics), logger: Logger(label: "test", factory: { _ in log }),
            store: store, shared: try ReaderShared(maxUnackedBytes: part.sendExposureBytes))
        try reader.takeRules(PosixStateFileSystem())
        if let checkpoint = loaded.checkpoint { reader.load(checkpoint) }
        let options = configuration.outputs[0].spool
        let spools = SpoolStore(
            directory: "\(configuration.stateDirectory)/spool", limits: options.limits, system: PosixStateFileSystem())
        try spools.open(loaded.checkpoint?.spools ?? [:])
        reader.take(SpoolBook(store: spools, afterNanos: options.afterNanos))
        reader.countSpooled()
        return reader
    }

    private func collect() {
        reader.submit = { [unowned self] batch in
            waiting.append(batch)
            send()
        }
        reader.nudge = { [unowned self] in send() }
        reader.giveBack = { [unowned self] tenant, ids in
            let queued = waiting.filter { $0.tenant == tenant }.dropFirst().filter { ids.contains($0.id) }
            waiting.removeAll { batch in queued.contains { $0 === batch } }
            for batch in queued where sent.remove(batch.id) != nil { exposure.noteOpen(-batch.byteCount) }
            let keys = Set(queued.map { "\(run)/\($0.id)" })
            delivered.removeAll { keys.contains($0.batch) }
            givenBack += queued.count
            reader.shared.events.post(.givenBack(tenant, Set(queued.map(\.id))))
        }
    }

    private var exposure: Exposure { reader.shared.exposure }

    /// What the sender does: as much as may be on its way.
    private func send() {
        for batch in waiting where !sent.contains(batch.id) {
            guard exposure.bytes == 0 || exposure.bytes + batch.byteCount <= exposure.limitBytes else { return }
            exposure.noteOpen(batch.byteCount)
            sent.insert(batch.id)
            for index in 0..<batch.lineCount {
                delivered.append(
                    (batch.tenantName, String(decoding: batch.line(index), as: UTF8.self), "\(run)/\(batch.id)"))
            }
        }
    }

    /// As after SIGKILL: nothing that was not on the disk survives.
    func killAndRestart() throws {
        waiting = []
        sent = []
        failing = []
        run += 1
        reader = try ReaderHarness.makeReader(configuration, log)
        collect()
    }

    /// One look at the globs and one turn for every file; batches that are old enough are closed.
    func step() {
        now += 1_000_000_000
        reader.takeEvents()
        reader.releaseRates(now)
        reader.reclaimTenants(now)
        reader.scanIfDue(now)
        reader.takeLooks(now)
        reader.spoolTurn(now)
        reader.relievePressure(now)
        reader.makeRoom(now)
        _ = reader.readTurns(now)
        reader.closeOpenRecords(now)
        now += configuration.outputs[0].batchMaxAgeNanos
        reader.closeDue(now)
        reader.writeSpool(now)
    }

    /// Only what was sent can be acknowledged.
    func acknowledge(_ batch: Batch) {
        guard sent.remove(batch.id) != nil else { return }
        waiting.removeAll { $0 === batch }
        exposure.noteSettled(batch.byteCount)
        exposure.noteOpen(-batch.byteCount)
        reader.shared.events.post(
            .settled(Settlement(Unit(whole: batch), .acknowledged)))
        reader.takeEvents()
        send()
    }

    func acknowledgeAll() {
        for batch in waiting { acknowledge(batch) }
    }

    func fail(_ tenant: String, _ isFailing: Bool) {
        guard let id = reader.tenants.find(tenant) else { return }
        guard failing.contains(tenant) != isFailing else { return }
        if isFailing { failing.insert(tenant) } else { failing.remove(tenant) }
        reader.shared.events.post(.failing(id, isFailing))
        reader.takeEvents()
    }

    /// Steps and acknowledges until nothing happens any more.
    func settle() {
        var quiet = 0
        for _ in 0..<400 where quiet < 4 {
            let before = delivered.count
            step()
            acknowledgeAll()
            quiet = delivered.count == before ? quiet + 1 : 0
        }
    }

    func append(_ text: String, to name: String) { append(Array(text.utf8), to: name) }

    func append(_ bytes: [UInt8], to name: String) {
        let path = directory.file(name)
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let handle = FileHandle(forWritingAtPath: path) else { return }
        handle.seekToEndOfFile()
        handle.write(Data(bytes))
        try? handle.close()
    }

    func rename(_ from: String, _ to: String) throws {
        try FileManager.default.moveItem(atPath: directory.file(from), toPath: directory.file(to))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: directory.file(name)) }

    func truncate(_ name: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: directory.file(name)))
        try handle.truncate(atOffset: 0)
        try handle.close()
    }

    var lines: [String] { delivered.map(\.line) }
}
