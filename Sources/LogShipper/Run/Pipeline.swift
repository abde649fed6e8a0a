import GatewayMetrics
import Locking
import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One output with everything that it needs to be independent of the others: a reader, a sender, and its own progress.
///
/// Outputs share the files only through the page cache. Reading a file twice costs far less than compressing it twice,
/// and nothing that one destination does can delay another (docs/adr/0011).
final class Pipeline: @unchecked Sendable {
    let part: PipelinePart
    /// See `PipelinePart.effective`; taken before any file was read.
    let effective: String
    let reader: ReaderLoop
    let sender: Sender
    private let shared: ReaderShared
    private let board: PipelineBoard
    private var readerThread: PlatformThread?
    private var senderThread: PlatformThread?

    /// Everything that pipelines of a program have in common.
    struct Surroundings {
        let metrics: ShipperMetrics
        let labels: TenantLabels
        let board: PipelineBoard
        let logger: Logger
        let system: any StateFileSystem
        let tap: TapHub
        var outside = Outside()
    }

    /// Reads the output's checkpoint; starts nothing.
    init(_ part: PipelinePart, _ surroundings: Surroundings) throws {
        self.part = part
        effective = part.effective
        board = surroundings.board
        let metrics = surroundings.metrics
        let logger = surroundings.logger
        let shared = try ReaderShared(maxUnackedBytes: part.sendExposureBytes)
        self.shared = shared
        try StateDirectory.create(part.directory)
        try StateDirectory.create(part.deadLetters.replayDirectory)
        let store = CheckpointStore(directory: part.directory, system: surroundings.system)
        let loaded = try store.load()
        reader = ReaderLoop(
            part, metrics: metrics, labels: surroundings.labels, board: surroundings.board, logger: logger,
            store: store, shared: shared, outside: surroundings.outside)
        try reader.takeRules(surroundings.system)
        if loaded.corruptGenerations > 0 {
            // Rather twice than never: `start_at: end` is for the very first run, and there has been one.
            reader.hasCheckpoint = true
            metrics.corruptCheckpoints.increment(by: UInt64(loaded.corruptGenerations))
            logger.error(
                "a checkpoint is damaged",
                metadata: [
                    "output": "\(part.output.name)",
                    "fallback": loaded.checkpoint == nil
                        ? "every file is read from its start" : "the other generation",
                ])
        }
        if let checkpoint = loaded.checkpoint { reader.load(checkpoint) }
        let spool = try Pipeline.makeSpool(part, surroundings)
        try spool.store.open(loaded.checkpoint?.spools ?? [:])
        reader.take(spool)
        let lane = try Pipeline.makeLane(part, surroundings) { [shared] serial in
            shared.origins.withLock { $0[serial]?.key } ?? 0
        }
        let sender = try Sender(
            lane: lane, events: shared.events, exposure: shared.exposure, metrics: metrics, logger: logger,
            tap: surroundings.tap, outside: surroundings.outside,
            pathOf: { [shared] serial in shared.origins.withLock { $0[serial]?.path } ?? "" },
            wakeReader: { [shared] in shared.wake.wake() })
        self.sender = sender
        Pipeline.begin(metrics, output: part.output.name)
        reader.submit = { [sender] batch in sender.submit(batch) }
        reader.nudge = { [sender] in sender.nudge() }
        reader.giveBack = { [sender] tenant, batches in sender.giveBack(tenant, batches) }
    }

    /// Counters that people alert on are there before they count, or the first loss would be no increase.
    private static func begin(_ metrics: ShipperMetrics, output: String) {
        metrics.deadLetters.bind([output]).increment(by: 0)
        for reason in ["truncated", "gone", "deleted"] { metrics.lostBytes.bind([reason]).increment(by: 0) }
    }

    private static func makeLane(
        _ part: PipelinePart, _ surroundings: Surroundings, fileKey: @escaping (FileSerial) -> UInt64
    ) throws -> OutputLane {
        try OutputLane(
            configuration: part.output, timeFields: Array(Set(part.configuration.inputs.map(\.timeField))).sorted(),
            stateDirectory: part.configuration.stateDirectory, system: surroundings.system,
            monotonicNanos: surroundings.outside.monotonicNanos,
            weights: TenantWeights(part.configuration.tenantRules), fileKey: fileKey)
    }

    private static func makeSpool(_ part: PipelinePart, _ surroundings: Surroundings) throws(SpoolError) -> SpoolBook {
        let options = part.output.spool
        let keyring = try SpoolKeyring(files: options.keyFiles, system: surroundings.system)
        let store = SpoolStore(
            directory: "\(part.directory)/spool", limits: options.limits, keyring: keyring, system: surroundings.system)
        return SpoolBook(store: store, afterNanos: options.afterNanos)
    }

    /// Throws what `init` would throw because of the configuration; touches nothing.
    static func rehearse(_ part: PipelinePart, _ surroundings: Surroundings) throws {
        _ = try part.configuration.readSalt(surroundings.system)
        for file in part.output.neededFiles where access(file, R_OK) != 0 {
            throw Shipper.StartError(description: "output \(part.output.name): \(SystemError("cannot read", file))")
        }
        // The archive that runs now is the only one that may touch its files.
        if part.output.type != .file { _ = try makeLane(part, surroundings) { _ in 0 } }
        _ = try makeSpool(part, surroundings)
    }

    /// Before the start: lines by tenant that an earlier pipeline of this output has counted as read and not settled. They
    /// are read again from its checkpoint.
    func carry(_ lines: [String: Int]) { reader.carried = lines }

    func start() throws(SystemError) {
        senderThread = try PlatformThread(name: "sender") { [sender] in sender.run() }
        do throws(SystemError) {
            readerThread = try PlatformThread(name: "reader") { [reader] in reader.run() }
        } catch {
            sender.stop()
            senderThread?.join()
            throw error
        }
    }

    /// Asks for a drain: no more reading, and an end once everything is acknowledged or the deadline has passed.
    func stop() {
        shared.isStopping.store(true, ordering: .releasing)
        shared.wake.wake()
    }

    /// Waits for the end after `stop`. Returns whether everything that was read is settled.
    @discardableResult
    func wait() -> Bool {
        readerThread?.join()
        sender.stop()
        senderThread?.join()
        board.remove(part.output.name)
        return reader.isSettled
    }

    /// Waits for the end after `stop`. Returns what is counted as read and not settled, by tenant.
    func end() -> [String: Int] {
        wait() ? [:] : reader.unsettledLines()
    }

    /// Any thread: what /status and /readyz tell, at most a second old, two with thousands of files.
    var status: PipelineStatus {
        let now = Clock.monotonicNanos()
        var stuck: [String: Int64] = [:]
        stuck["reader"] = shared.heart.stuckNanos(now)
        stuck["sender"] = sender.heart.stuckNanos(now)
        return PipelineStatus(
            reader: shared.status.withLock { $0 }, output: sender.outputStatus, stuck: stuck)
    }
}
