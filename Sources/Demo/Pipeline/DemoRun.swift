import NIOCore
import NIOPosix

/// One run from start to summary. The main thread watches and draws; traffic has a thread of its own.
final class DemoRun {
    private static let lookMillis = 250
    /// How long the end of the run waits for the last lines.
    private static let settleSeconds = 20.0
    private let settings: DemoSettings
    private let pipeline: Pipeline
    private let scores = Scoreboard()
    private let ops: OpsProbe
    private var screen = Screen()
    private var timeline = Timeline()
    private var script: DemoScript
    private var snapshot: Snapshot
    private var start = 0.0

    init(settings: DemoSettings, group: any EventLoopGroup) throws {
        self.settings = settings
        pipeline = try Pipeline(settings: settings, group: group)
        ops = OpsProbe(url: pipeline.layout.opsURL)
        script = DemoScript(faultAfter: settings.faultAfter, faultSeconds: settings.faultSeconds)
        snapshot = Snapshot(
            seconds: 0, gatewayURL: pipeline.layout.gatewayURL, opsURL: pipeline.layout.opsURL,
            directory: pipeline.layout.directory, tenants: TenantProfile.samples.map(\.name), scores: [:],
            received: LogReceiver.Totals(), timeline: timeline)
    }

    /// Runs to the end; returns the exit code: 0 when every line arrived, 1 when some were lost.
    func run(pool: NIOThreadPool) throws -> Int32 {
        defer { pipeline.killAll() }
        screen.say("Starting gateway and log-shipper; everything is in \(pipeline.layout.directory)")
        try pipeline.start(gatewayBinary: settings.gatewayBinary, shipperBinary: settings.shipperBinary)
        screen.say(welcome)
        start = DemoClock.seconds()
        let traffic = TrafficThread(
            gatewayURL: pipeline.layout.gatewayURL, profiles: TenantProfile.samples, scores: scores)
        traffic.start(on: pool)
        defer { traffic.stop() }
        try watch()
        traffic.stop()
        try finish(traffic)
        return snapshot.lost == 0 ? 0 : 1
    }

    private var welcome: String {
        let layout = pipeline.layout
        let asked = [(settings.port, layout.gatewayPort), (settings.opsPort, layout.opsPort)]
        let moved = asked.filter { $0 != 0 && $0 != $1 }.map { "Port \($0) is taken; \($1) serves instead.\n" }
        return moved.joined() + """
            Status page: \(pipeline.layout.opsURL)/    metrics: \(pipeline.layout.opsURL)/metrics
            Try it:      curl -i -H 'X-Tenant-Id: acme' \(pipeline.layout.gatewayURL)/api/v1/erp/orders
            After \(Int(settings.faultAfter)) s the cell crm fails for \(Int(settings.faultSeconds)) s.
            Ctrl-C stops everything.

            """
    }

    private var elapsed: Double { DemoClock.seconds() - start }

    private func watch() throws(DemoError) {
        while StopSignal.count == 0, elapsed < settings.duration ?? .infinity {
            for step in script.due(at: elapsed) { perform(step) }
            try pipeline.check()
            look()
            screen.show(snapshot)
            DemoClock.sleep(millis: DemoRun.lookMillis)
        }
    }

    private func perform(_ step: DemoScript.Step) {
        guard let crm = pipeline.cells.first(where: { $0.name == "crm" }) else { return }
        switch step {
        case .faultStarts:
            crm.set(SampleCell.Fault(errorRate: 0.5, latencyMillis: 200))
            timeline.note("fault: cell crm fails half of its requests and waits 200 ms", at: elapsed)
        case .faultEnds:
            crm.set(SampleCell.Fault())
            timeline.note("fault ends: cell crm is healthy again", at: elapsed)
        case .logRotates:
            if DemoFiles.rename(pipeline.layout.logPath, to: pipeline.layout.rotatedLogPath) {
                timeline.note("access.jsonl renamed: gateway and log-shipper must lose no line", at: elapsed)
            }
        }
    }

    private func look() {
        let alerts = ops.alerts()
        if let alerts { timeline.observe(alerts, at: elapsed) }
        if let page = ops.metrics() {
            snapshot.loggedLines = MetricsPage.sum("gateway_log_lines_total", in: page).flatMap { Int(exactly: $0) }
            snapshot.droppedLines = MetricsPage.sum("gateway_log_dropped_total", in: page).flatMap { Int(exactly: $0) }
        }
        snapshot.seconds = elapsed
        snapshot.alerts = alerts
        snapshot.timeline = timeline
        refreshCounts()
    }

    private func refreshCounts() {
        snapshot.scores = scores.all
        snapshot.received = pipeline.receiver.totals
    }

    /// Last answers, last lines, then the programs in the order of the flow, and the account.
    private func finish(_ traffic: TrafficThread) throws(DemoError) {
        screen.say("\nStopping: traffic first, then the gateway, then the log-shipper with the last lines.")
        settle { traffic.isFinished }
        look()
        pipeline.stopGateway()
        refreshCounts()
        snapshot.fileLines = [pipeline.layout.logPath, pipeline.layout.rotatedLogPath].reduce(0) { total, path in
            total + DemoFiles.read(path).lazy.filter { $0 == 0x0A }.count
        }
        settle {
            refreshCounts()
            return snapshot.outstandingTotal == 0 && snapshot.received.missing == 0
                && snapshot.received.lines >= snapshot.fileLines ?? 0
        }
        pipeline.stopShipper()
        refreshCounts()
        screen.say(Summary.lines(snapshot).joined(separator: "\n"))
    }

    private func settle(until condition: () -> Bool) {
        let deadline = DemoClock.seconds() + DemoRun.settleSeconds
        while !condition(), DemoClock.seconds() < deadline, StopSignal.count < 2 { DemoClock.sleep(millis: 50) }
    }
}
