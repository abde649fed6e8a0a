import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Tells systemd when the shipper is ready, how it is, and, while all threads move, that it is alive.
final class NotifierLoop: @unchecked Sendable {
    private let notifier: SystemdNotifier
    private let pipelines: @Sendable () -> [PipelineStatus]
    private let wake: WakePipe
    private let isStopping = Atomic<Bool>(false)
    private var thread: PlatformThread?

    // Only the thread touches what follows.
    private var isReady = false
    private var nextStatusNanos: Int64 = 0
    private var nextWatchdogNanos: Int64 = 0

    init(_ notifier: SystemdNotifier, pipelines: @escaping @Sendable () -> [PipelineStatus]) throws(SystemError) {
        self.notifier = notifier
        self.pipelines = pipelines
        wake = try WakePipe()
    }

    func start() throws(SystemError) {
        thread = try PlatformThread(name: "notifier") { [self] in run() }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.wake()
        thread?.join()
        thread = nil
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            let now = Clock.monotonicNanos()
            let pipelines = pipelines()
            tick(pipelines, now)
            var polled = pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)
            let next = min(nextStatusNanos, nextWatchdogNanos) - now
            _ = poll(&polled, 1, Int32(clamping: isReady ? max(10, min(next, 60_000_000_000) / 1_000_000) : 50))
            wake.drain()
        }
    }

    /// What is due now; the clock is an argument.
    func tick(_ pipelines: [PipelineStatus], _ now: Int64) {
        if !isReady, pipelines.allSatisfy(\.reader.isStarted) {
            isReady = true
            notifier.ready(NotifierLoop.summary(pipelines))
            nextStatusNanos = now + 10_000_000_000
        }
        if isReady, now >= nextStatusNanos {
            notifier.status(NotifierLoop.summary(pipelines))
            nextStatusNanos = now + 10_000_000_000
        }
        guard let every = notifier.watchdogNanos else {
            nextWatchdogNanos = .max
            return
        }
        if now >= nextWatchdogNanos {
            if pipelines.allSatisfy(\.deadness.isEmpty) { notifier.watchdog() }
            nextWatchdogNanos = now + every
        }
    }

    /// One line, as `loki: 3 files, 12 KiB behind; archive: failing`.
    static func summary(_ pipelines: [PipelineStatus]) -> String {
        pipelines.map { pipeline in
            let reader = pipeline.reader
            let isFailing = pipeline.output.health.failingSinceNanos != nil
            return "\(pipeline.output.name): \(reader.fileCount) files, \(SizeText.bytes(reader.lagBytes)) behind"
                + (isFailing ? ", failing" : "")
        }.joined(separator: "; ")
    }
}
