import Exposition
import GatewayMetrics
import Locking
import Logging
import Synchronization

/// A running log-shipper: a pipeline for each output, and an ops thread.
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
    private let pipelines: [Pipeline]
    private var ops: OpsServer?
    private let pages: PageWorker

    /// Takes the state directory's lock, reads the checkpoints and starts all threads.
    public convenience init(_ configuration: ShipperConfiguration, logger: Logger) throws {
        try self.init(configuration, logger: logger, system: PosixStateFileSystem())
    }

    init(_ configuration: ShipperConfiguration, logger: Logger, system: any StateFileSystem) throws {
        guard !configuration.inputs.isEmpty, !configuration.outputs.isEmpty else {
            throw StartError(description: "nothing to do: at least one input and one output are needed")
        }
        let metrics = try ShipperMetrics()
        directory = try StateDirectory(configuration.stateDirectory)
        let damaged = try StateMigration.run(configuration, system: system)
        metrics.corruptCheckpoints.increment(by: UInt64(damaged))
        if damaged > 0 { logger.error("a checkpoint is damaged") }
        let labels = try TenantLabels(
            limit: configuration.maxTenantSeries, outputs: configuration.outputs.count, metrics: metrics)
        Shipper.logLabels(labels, threads: configuration.outputs.count, logger)
        let surroundings = Pipeline.Surroundings(
            metrics: metrics, labels: labels, board: PipelineBoard(metrics), logger: logger, system: system)
        let pipelines = try PipelinePart.all(configuration).map { try Pipeline($0, surroundings) }
        self.metrics = metrics
        self.pipelines = pipelines
        let pages = try PageWorker()
        self.pages = pages
        let feed = ScrapeFeed(metrics.scrapes) { pages.submit($0) }
        if let address = ListenAddress(configuration.opsListen) {
            ops = try OpsServer(address) { request in Shipper.answer(request, pipelines, feed) }
        }
        try start()
        Shipper.logBounds(metrics.registry, logger)
    }

    private static func logLabels(_ labels: TenantLabels, threads: Int, _ logger: Logger) {
        let summary = labels.summary(threads: threads).map { ($0, Logger.MetadataValue.string($1)) }
        logger.info("metrics label bounded", metadata: Logger.Metadata(uniqueKeysWithValues: summary))
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
        for pipeline in pipelines { pipeline.stop() }
    }

    /// Waits for the end after ``stop()``.
    ///
    /// - Returns: whether everything that was read is settled. What is not will be sent again by the next run.
    @discardableResult
    public func wait() -> Bool {
        let isSettled = pipelines.map { $0.wait() }.allSatisfy(\.self)
        ops?.stop()
        pages.stop()
        directory = nil
        return isSettled
    }

    private func start() throws(SystemError) {
        for pipeline in pipelines { try pipeline.start() }
        guard let ops else { return }
        try pages.start()
        try ops.start()
    }

    private static func answer(_ request: OpsRequest, _ pipelines: [Pipeline], _ feed: ScrapeFeed) -> OpsAnswer {
        switch request.path {
        case "/metrics": return scrape(request, feed)
        case "/livez": return .whole(OpsResponse(status: 200, body: Array("ok\n".utf8)))
        case "/readyz":
            let reasons = pipelines.compactMap { $0.status.unreadiness }
            let text = reasons.isEmpty ? "ok" : reasons.joined(separator: "\n")
            return .whole(OpsResponse(status: reasons.isEmpty ? 200 : 503, body: Array("\(text)\n".utf8)))
        case "/status":
            return .whole(
                OpsResponse(
                    status: 200, contentType: "application/json",
                    body: StatusDocument.encode(pipelines.map(\.status))))
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
