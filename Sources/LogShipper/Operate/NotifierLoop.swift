/// Tells systemd when the shipper is ready, how it is, and, while all threads move, that it is alive.
final class NotifierLoop: @unchecked Sendable {
    private let notifier: SystemdNotifier
    private let pipelines: @Sendable () -> [PipelineStatus]
    private let thread: TurnThread

    // Only the thread touches what follows.
    private var isReady = false
    private var nextStatusNanos: Int64 = 0
    private var nextWatchdogNanos: Int64 = 0

    init(_ notifier: SystemdNotifier, pipelines: @escaping @Sendable () -> [PipelineStatus]) throws(SystemError) {
        self.notifier = notifier
        self.pipelines = pipelines
        thread = try TurnThread()
    }

    func start() throws(SystemError) {
        try thread.start(name: "notifier") { [self] in
            let now = Clock.monotonicNanos()
            tick(pipelines(), now)
            let next = min(nextStatusNanos, nextWatchdogNanos) - now
            return Int32(clamping: isReady ? max(10, min(next, 60_000_000_000) / 1_000_000) : 50)
        }
    }

    func stop() { thread.stop() }

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
