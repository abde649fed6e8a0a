import GatewayMetrics
import Logging
import Synchronization

/// The thread that reads the configuration again when it is asked to, so that nothing else waits for drains.
final class Reloader: @unchecked Sendable {
    private let pipelines: PipelineSet
    private let metrics: ShipperMetrics
    private let logger: Logger
    private let notifier: SystemdNotifier?
    private let load: @Sendable () throws -> ShipperConfiguration
    private let isAsked = Atomic<Bool>(false)
    private let thread: TurnThread

    init(
        _ pipelines: PipelineSet, metrics: ShipperMetrics, logger: Logger, notifier: SystemdNotifier?,
        load: @escaping @Sendable () throws -> ShipperConfiguration
    ) throws(SystemError) {
        self.pipelines = pipelines
        self.metrics = metrics
        self.logger = logger
        self.notifier = notifier
        self.load = load
        thread = try TurnThread()
    }

    func start() throws(SystemError) {
        try thread.start(name: "reloader") { [self] in
            while !thread.isStopping, isAsked.exchange(false, ordering: .acquiringAndReleasing) { reload() }
            return -1
        }
    }

    /// Any thread. Several requests before the first one is begun are one.
    func ask() {
        isAsked.store(true, ordering: .releasing)
        thread.wake()
    }

    /// Waits for a reload that has begun.
    func stop() { thread.stop() }

    private func reload() {
        notifier?.reloading()
        defer { notifier?.ready(NotifierLoop.summary(pipelines.statuses)) }
        do {
            try pipelines.reload(load())
            metrics.lastReloadSuccessful.set(1)
            logger.info("the configuration was read again")
        } catch {
            metrics.lastReloadSuccessful.set(0)
            logger.error(
                "the new configuration cannot be; the old one stays in force", metadata: ["error": "\(error)"])
        }
    }
}
