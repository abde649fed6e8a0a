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
    private let pipelines: PipelineSet
    private let logger: Logger
    private var reloader: Reloader?
    private var notifier: (told: SystemdNotifier, loop: NotifierLoop)?
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
        let tap = TapHub()
        let surroundings = Pipeline.Surroundings(
            metrics: metrics, labels: labels, board: PipelineBoard(metrics), logger: logger, system: system, tap: tap)
        let pipelines = try PipelineSet(configuration, surroundings)
        self.metrics = metrics
        self.pipelines = pipelines
        self.logger = logger
        let pages = try PageWorker()
        self.pages = pages
        let feed = ScrapeFeed(metrics.scrapes) { pages.submit($0) }
        if let address = ListenAddress(configuration.opsListen) {
            let responder = OpsResponder(
                feed: feed, tap: tap, failingAfterNanos: { pipelines.configuration.readyFailingAfterNanos },
                pipelines: { pipelines.statuses })
            ops = try OpsServer(address) { responder.answer($0) }
        }
        try start()
        Shipper.logBounds(metrics.registry, logger)
    }

    private static func logLabels(_ labels: TenantLabels, threads: Int, _ logger: Logger) {
        let summary = labels.summary(threads: threads).map { ($0, Logger.MetadataValue.string($1)) }
        logger.debug("metrics label bounded", metadata: Logger.Metadata(uniqueKeysWithValues: summary))
    }

    /// What the metrics can cost at most.
    private static func logBounds(_ registry: MetricsRegistry, _ logger: Logger) {
        func text(_ bound: Int?) -> Logger.MetadataValue { bound.map { "\($0)" } ?? "none" }
        logger.debug(
            "metrics bounded",
            metadata: [
                "series": text(registry.seriesLimit), "memory_bytes": text(registry.memoryBound),
                "page_bytes": text(registry.pageBound(.prometheusText004, labelBytes: 256)),
                "held_page_bytes": "\(ScrapeFeed.Limits().heldBytes)",
            ])
    }

    /// The port of the ops listener; nil without one.
    public var opsPort: Int? { ops.map { Int($0.port) } }

    /// What /status and /readyz tell, by output.
    var statuses: [PipelineStatus] { pipelines.statuses }

    /// Asks for a drain: no more reading, and an end once everything is acknowledged or the deadline has passed.
    public func stop() {
        notifier?.told.stopping()
        pipelines.stop()
    }

    /// Lets ``reload()`` read the configuration by a closure, which runs on a thread of its own. Comes after
    /// ``report(to:)``.
    public func allowReload(_ load: @escaping @Sendable () throws -> ShipperConfiguration) throws {
        let reloader = try Reloader(
            pipelines, metrics: metrics, logger: logger, notifier: notifier?.told, load: load)
        try reloader.start()
        self.reloader = reloader
    }

    /// Asks for the configuration to be read again. Outputs that it leaves as they are go on untouched; one that is wrong
    /// changes nothing, and `shipper_config_last_reload_successful` becomes 0. Returns at once.
    public func reload() {
        reloader?.ask()
    }

    /// Tells systemd, if it listens, when the shipper is ready and how it is.
    public func report(to notifier: SystemdNotifier) throws {
        let loop = try NotifierLoop(notifier) { [pipelines] in pipelines.statuses }
        try loop.start()
        self.notifier = (notifier, loop)
    }

    /// Waits for the end after ``stop()``.
    ///
    /// - Returns: whether everything that was read is settled. What is not will be sent again by the next run.
    @discardableResult
    public func wait() -> Bool {
        // First a reload that has begun, or it would start what nobody waits for.
        reloader?.stop()
        let isSettled = pipelines.wait()
        notifier?.loop.stop()
        ops?.stop()
        pages.stop()
        directory = nil
        return isSettled
    }

    private func start() throws(SystemError) {
        try pipelines.start()
        guard let ops else { return }
        try pages.start()
        try ops.start()
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
