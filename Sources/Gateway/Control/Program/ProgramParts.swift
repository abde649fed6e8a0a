import GatewayMetrics
import Locking
import Logging
import StructuredLog

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Everything of a running gateway besides its two listeners.
final class ProgramParts: Sendable {
    let settings: DataPlaneSettings
    let metrics: GatewayMetricSet
    let log: LogSink
    let logger: Logger
    /// One event loop for the ops listener and timers, so that probes answer whatever the data loops do.
    let control: IOLoop
    let admin: AdminGuard
    let readiness = Readiness()
    let directory: CellDirectory
    let plane: PlaneReference
    let remote: RemoteGovernance?
    let rules: Locked<RuleService?> = Locked(nil)
    let renderQueue: RenderQueue
    let reloadWorker = Worker()
    /// Pages for scrapers.
    let scrapes: ScrapeFeed
    private let renderWorker = Worker()
    private let scrapeWorker: Worker
    private let governanceWorker = Worker()
    private let governanceProblem: NoteSlot
    /// What the files were when they were read.
    let watchedFiles = Locked(WatchedFiles(paths: []).fingerprint)
    private let certificates = Locked([TLSServedCertificate]())
    private let configurationProblem = NoteSlot()
    private let restart = NoteSlot()
    private let tickers = Locked<[Ticker]>([])
    private let clock: MillisClock
    private let governanceIntervalMillis: Int64

    init(_ inputs: ProgramInputs, _ loaded: LoadedConfiguration) throws(StartError) {
        let configuration = loaded.configuration
        clock = inputs.clock
        var settings = configuration.dataPlane
        if settings.loops == 0 { settings.loops = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
        self.settings = settings
        log = try Self.openLog(configuration.log, loops: settings.loops)
        let sink = log
        logger = Logger(label: "gateway") { label in
            StructuredLogHandler(label: label, sink: sink, logLevel: configuration.log.level.loggerLevel)
        }
        metrics = try Self.declareMetrics(loops: settings.loops, log: log, version: inputs.version)
        admin = AdminGuard(token: loaded.token)
        let plane = PlaneReference()
        self.plane = plane
        let cellLogger = logger
        directory = CellDirectory(settings: configuration.governance, clock: inputs.clock) { cells in
            for problem in plane.apply(cells) {
                cellLogger.error("cell not taken", metadata: ["reason": "\(problem)"])
            }
        }
        governanceIntervalMillis = configuration.governance.intervalNanos / 1_000_000
        renderQueue = RenderQueue(worker: renderWorker)
        let scrapeWorker = Worker(threads: 2, isBackground: true)
        self.scrapeWorker = scrapeWorker
        scrapes = ScrapeFeed(metrics.scrapes) { scrapeWorker.submit($0) }
        governanceProblem = NoteSlot()
        remote = Self.remote(
            configuration.governance, directory: directory, worker: governanceWorker, clock: inputs.clock,
            metrics: metrics, logger: logger, note: governanceProblem, state: inputs.state)
        do {
            control = try IOLoop()
        } catch {
            throw StartError("no event loop: \(error)")
        }
    }

    private static func openLog(_ settings: LogSettings, loops: Int) throws(StartError) -> LogSink {
        do {
            let sink = try LogSink(
                path: settings.path, rings: loops, ringBytes: settings.ringBytes,
                queries: QueryPolicy(allowed: settings.queryKeys))
            sink.start()
            return sink
        } catch {
            throw StartError("access_log.path: \(error)")
        }
    }

    private static func declareMetrics(
        loops: Int, log: LogSink, version: String
    ) throws(StartError) -> GatewayMetricSet {
        do {
            let registry = MetricsRegistry(prefix: "gateway", shards: loops)
            let metrics = try GatewayMetricSet(registry: registry)
            try metrics.attach(log: log)
            try ProcessCollector.register(in: registry)
            _ = metrics.buildInfo.bind([version])
            metrics.configLastReloadSuccessful.set(1)
            metrics.configSourceUp.bind(["file"]).set(1)
            return metrics
        } catch {
            throw StartError("metrics: \(error)")
        }
    }

    private static func remote(
        _ settings: GovernanceSettings, directory: CellDirectory, worker: Worker, clock: @escaping MillisClock,
        metrics: GatewayMetricSet, logger: Logger, note: NoteSlot, state: StateFolder?
    ) -> RemoteGovernance? {
        guard settings.mode == .remote, let url = settings.url else { return nil }
        let up = metrics.configSourceUp.bind(["governance"])
        up.set(0)
        return RemoteGovernance(
            settings: settings, directory: directory, worker: worker, clock: clock,
            fetch: RemoteGovernance.curl(url: url, timeoutNanos: settings.timeoutNanos), state: state,
            answered: { problem in
                up.set(problem == nil ? 1 : 0)
                guard note.replace(problem.map { "the governance centre does not answer: \($0)" }) else { return }
                if let problem {
                    logger.warning("governance centre lost", metadata: ["reason": "\(problem)"])
                } else {
                    logger.info("governance centre reached", metadata: ["url": "\(url.text)"])
                }
            })
    }

    /// One line for what happens to a cell or its upstreams.
    @Sendable func writeDown(_ event: UpstreamEvent) {
        var fields = Logger.Metadata()
        if let cell = event.cell { fields["cell"] = "\(cell)" }
        if let upstream = event.upstream { fields["upstream"] = "\(upstream)" }
        if let reason = event.reason { fields["reason"] = "\(reason)" }
        if let seconds = event.seconds { fields["seconds"] = "\(seconds)" }
        logger.log(level: event.isBad ? .warning : .info, "\(event.kind.rawValue)", metadata: fields)
    }

    /// What an operator should know.
    func notes() -> [String] {
        configurationProblem.lines + restart.lines + governanceProblem.lines + (rules.withLock { $0 }?.problems ?? [])
    }

    /// Starts what runs by itself.
    func startServices(
        _ loaded: LoadedConfiguration, instance: String, lookAtFiles: @escaping @Sendable () -> Void
    ) {
        let loop = control
        let service = RuleService(
            settings: loaded.configuration.rules, rules: loaded.rules, instance: instance,
            registry: metrics.registry, loop: loop, clock: clock)
        rules.withLock { $0 = service }
        service.start()
        // Scrapes do it, too; this is for a gateway that nobody scrapes.
        var new = [
            Ticker(loop: loop, worker: governanceWorker) { [metrics] in
                metrics.registry.sweep()
                return 30_000
            },
            Ticker(loop: loop, worker: reloadWorker) {
                lookAtFiles()
                return 2_000
            },
        ]
        if directory.mode == .embedded {
            new.append(
                Ticker(loop: loop, worker: governanceWorker) { [directory] in
                    directory.forgetOverdue()
                    return 1_000
                })
        }
        if let remote {
            new.append(
                Ticker(loop: loop, worker: governanceWorker) { [governanceIntervalMillis] in
                    remote.askNow()
                    return governanceIntervalMillis
                })
        }
        for ticker in new { ticker.start() }
        tickers.withLock { $0 = new }
    }

    /// Takes what a reload can change. True when the certificates themselves are others than before.
    @discardableResult
    func apply(_ configuration: GatewayConfiguration, _ loaded: LoadedConfiguration) -> Bool {
        admin.replace(token: loaded.token)
        var settings = configuration.dataPlane
        settings.loops = self.settings.loops
        plane.apply(settings: settings, tls: loaded.tls)
        let hasOtherCertificates = served(loaded.tls)
        watchedFiles.withLock { $0 = loaded.watchedFiles }
        directory.configure(configuration.cells)
        rules.withLock { $0 }?.configure(settings: configuration.rules, rules: loaded.rules)
        return hasOtherCertificates
    }

    /// What is wrong with the configuration's file, nil when it is in force.
    func noteConfiguration(_ problem: String?) {
        _ = configurationProblem.replace(problem.map { "the configuration file is wrong, another is in force: \($0)" })
        metrics.configLastReloadSuccessful.set(problem == nil ? 1 : 0)
        metrics.configSourceUp.bind(["file"]).set(problem == nil ? 1 : 0)
    }

    /// The keys that differ in the file and will be in force after a restart.
    func noteRestart(_ keys: [String]) {
        _ = restart.replace(keys.isEmpty ? nil : "a restart is needed for \(keys.joined(separator: ", "))")
    }

    /// Says what the certificates are, and until when. True when they are others than before.
    @discardableResult
    func served(_ tls: TLSServerContext?) -> Bool {
        guard let tls else { return false }
        for certificate in tls.certificates {
            metrics.tlsNotAfter.bind([certificate.path]).set(Double(certificate.certificate.notAfterSeconds))
        }
        for warning in tls.warnings(atSeconds: clock() / 1_000) {
            logger.warning("certificate", metadata: ["reason": "\(warning)"])
        }
        return certificates.withLock { known in
            defer { known = tls.certificates }
            return known != tls.certificates
        }
    }

    /// Ends what runs by itself.
    func stopServices() async {
        for ticker in tickers.withLock({ $0 }) { ticker.stop() }
        await rules.withLock { $0 }?.stop()
        await governanceWorker.stop()
    }

    /// Writes out the log and ends all threads.
    func closeAll() async {
        await reloadWorker.stop()
        await renderWorker.stop()
        await scrapeWorker.stop()
        log.close()
        control.stop()
    }
}

extension LogSettings.Level {
    /// The same level for swift-log.
    var loggerLevel: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
