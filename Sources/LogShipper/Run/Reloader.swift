import GatewayMetrics
import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The thread that reads the configuration again when it is asked to, so that nothing else waits for drains.
final class Reloader: @unchecked Sendable {
    private let pipelines: PipelineSet
    private let metrics: ShipperMetrics
    private let logger: Logger
    private let notifier: SystemdNotifier?
    private let load: @Sendable () throws -> ShipperConfiguration
    private let wake: WakePipe
    private let isAsked = Atomic<Bool>(false)
    private let isStopping = Atomic<Bool>(false)
    private var thread: PlatformThread?

    init(
        _ pipelines: PipelineSet, metrics: ShipperMetrics, logger: Logger, notifier: SystemdNotifier?,
        load: @escaping @Sendable () throws -> ShipperConfiguration
    ) throws(SystemError) {
        self.pipelines = pipelines
        self.metrics = metrics
        self.logger = logger
        self.notifier = notifier
        self.load = load
        wake = try WakePipe()
    }

    func start() throws(SystemError) {
        thread = try PlatformThread(name: "reloader") { [self] in run() }
    }

    /// Any thread. Several requests before the first one is begun are one.
    func ask() {
        isAsked.store(true, ordering: .releasing)
        wake.wake()
    }

    /// Waits for a reload that has begun.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.wake()
        thread?.join()
        thread = nil
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            if isAsked.exchange(false, ordering: .acquiringAndReleasing) { reload() }
            var polled = pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&polled, 1, isAsked.load(ordering: .acquiring) ? 0 : -1)
            wake.drain()
        }
    }

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
