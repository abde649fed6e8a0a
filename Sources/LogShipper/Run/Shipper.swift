import Exposition
import GatewayMetrics
import Locking
import Logging
import Synchronization

/// A running log-shipper: a reader, a sender and an ops thread.
public final class Shipper: @unchecked Sendable {
    /// Why a shipper cannot start.
    public struct StartError: Error, CustomStringConvertible {
        /// What is wrong, with the file or address it is about.
        public let description: String
    }

    /// The shipper's series.
    public let metrics: ShipperMetrics
    /// Held as long as the shipper runs.
    private var directory: StateDirectory?
    private let shared: ReaderShared
    private let sender: Sender
    private let reader: ReaderLoop
    private var readerThread: PlatformThread?
    private var senderThread: PlatformThread?
    private var ops: OpsServer?
    private let pages: PageWorker

    /// Takes the state directory's lock, reads the checkpoint and starts all threads.
    public convenience init(_ configuration: ShipperConfiguration, logger: Logger) throws {
        try self.init(configuration, logger: logger, system: PosixStateFileSystem())
    }

    init(_ configuration: ShipperConfiguration, logger: Logger, system: any StateFileSystem) throws {
        guard !configuration.inputs.isEmpty, !configuration.outputs.isEmpty else {
            throw StartError(description: "nothing to do: at least one input and one output are needed")
        }
        let metrics = try ShipperMetrics()
        let shared = try ReaderShared()
        let directory = try StateDirectory(configuration.stateDirectory)
        let store = CheckpointStore(directory: configuration.stateDirectory, system: system)
        let loaded = try store.load()
        let reader = try ReaderLoop(
            configuration: configuration, metrics: metrics, logger: logger, store: store, shared: shared)
        logger.info(
            "metrics label bounded",
            metadata: Logger.Metadata(uniqueKeysWithValues: reader.labels.summary.map { ($0, "\($1)") }))
        if loaded.corruptGenerations > 0 {
            metrics.corruptCheckpoints.increment(by: UInt64(loaded.corruptGenerations))
            logger.error(
                "a checkpoint is damaged",
                metadata: ["fallback": loaded.checkpoint == nil ? "start_at" : "the other generation"])
        }
        if let checkpoint = loaded.checkpoint { reader.load(checkpoint) }
        let timeFields = configuration.inputs.map(\.timeField)
        let lanes = try configuration.outputs.enumerated().map { index, output in
            try OutputLane(
                index: index, configuration: output, timeFields: Array(Set(timeFields)).sorted(),
                stateDirectory: configuration.stateDirectory, system: system)
        }
        let sender = try Sender(
            lanes: lanes, events: shared.events, metrics: metrics, logger: logger,
            pathOf: { [shared] serial in shared.paths.withLock { $0[serial] } ?? "" },
            wakeReader: { [shared] in shared.wake.wake() })
        reader.submit = { [sender] batch in sender.submit(batch) }
        reader.giveBack = { [sender] tenant, batches in sender.giveBack(tenant, batches) }
        self.directory = directory
        self.metrics = metrics
        self.shared = shared
        self.sender = sender
        self.reader = reader
        let pages = try PageWorker()
        self.pages = pages
        let feed = ScrapeFeed(metrics.scrapes) { pages.submit($0) }
        if let address = ListenAddress(configuration.opsListen) {
            ops = try OpsServer(address) { [shared, sender] request in
                Shipper.answer(request, shared, sender, feed)
            }
        }
        try start()
        Shipper.logBounds(metrics.registry, logger)
    }

    /// What the metrics can cost at most.
    private static func logBounds(_ registry: MetricsRegistry, _ logger: Logger) {
        func text(_ bound: Int?) -> Logger.MetadataValue { bound.map { "\($0)" } ?? "none" }
        logger.info(
            "metrics bounded",
            metadata: [
                "series": text(registry.seriesLimit), "memory_bytes": text(registry.memoryBound),
                "page_bytes": text(registry.pageBound(.prometheusText004, labelBytes: 256)),
                "held_page_bytes": "\(ScrapeFeed.Limits().heldBytes)",
            ])
    }

    /// The port of the ops listener; nil without one.
    public var opsPort: Int? { ops.map { Int($0.port) } }

    /// Asks for a drain: no more reading, and an end once everything is acknowledged or the deadline has passed.
    public func stop() {
        shared.isStopping.store(true, ordering: .releasing)
        shared.wake.wake()
    }

    /// Waits for the end after ``stop()``.
    ///
    /// - Returns: whether everything that was read is settled. What is not will be sent again by the next run.
    @discardableResult
    public func wait() -> Bool {
        readerThread?.join()
        sender.stop()
        senderThread?.join()
        ops?.stop()
        pages.stop()
        directory = nil
        return reader.ledger.isEmpty && reader.givenBackLines == 0
    }

    private func start() throws(SystemError) {
        senderThread = try PlatformThread(name: "sender") { [sender] in sender.run() }
        readerThread = try PlatformThread(name: "reader") { [reader] in reader.run() }
        guard let ops else { return }
        try pages.start()
        try ops.start()
    }

    private static func answer(
        _ request: OpsRequest, _ shared: ReaderShared, _ sender: Sender, _ feed: ScrapeFeed
    ) -> OpsAnswer {
        switch request.path {
        case "/metrics": return scrape(request, feed)
        case "/livez": return .whole(OpsResponse(status: 200, body: Array("ok\n".utf8)))
        case "/readyz":
            let reason = shared.status.withLock { $0.unreadiness }
            return .whole(OpsResponse(status: reason == nil ? 200 : 503, body: Array("\(reason ?? "ok")\n".utf8)))
        case "/status":
            let status = shared.status.withLock { $0 }
            return .whole(
                OpsResponse(
                    status: 200, contentType: "application/json",
                    body: StatusDocument.encode(status, outputs: sender.outputStatus)))
        default: return .whole(OpsResponse(status: 404, body: Array("not found\n".utf8)))
        }
    }

    static func scrape(_ request: OpsRequest, _ feed: ScrapeFeed) -> OpsAnswer {
        let scrape = ScrapeRequest(
            accept: request.accept, acceptEncoding: request.acceptEncoding, query: request.query,
            timeoutHeader: request.scrapeTimeout)
        guard !request.isHead else { return .scrapeHead(feed.plan(scrape)) }
        do {
            return .scrape(try feed.open(scrape))
        } catch {
            return .whole(.refusal(error))
        }
    }
}
