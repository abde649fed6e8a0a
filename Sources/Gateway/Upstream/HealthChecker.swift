import GatewayMetrics
import StructuredLog

/// Asks every upstream for its health at its cell's interval. Runs on one event loop; the result is shared.
final class HealthChecker {
    private final class Target {
        let cell: String
        let upstream: UpstreamState
        let check: HealthCheck
        let version: UpstreamTransport.Version
        var tally = HealthTally()
        var dueNanos: Int64 = 0
        var probe: HealthProbe?
        var isDropped = false

        init(cell: String, upstream: UpstreamState, check: HealthCheck, version: UpstreamTransport.Version) {
            self.version = version
            self.cell = cell
            self.upstream = upstream
            self.check = check
        }
    }

    private let io: IOLoop
    private let metrics: GatewayMetricSet
    private var targets: [Target] = []
    /// Cell and upstream of all that are watched or, without checks, taken for healthy.
    private var shown: Set<[String]> = []

    init(io: IOLoop, metrics: GatewayMetricSet) {
        self.io = io
        self.metrics = metrics
    }

    /// Watches the upstreams of these cells from now on; those that stay keep their tally.
    func watch(_ cells: [CellState]) {
        var kept: [Target] = []
        var stays: Set<[String]> = []
        for cell in cells {
            for upstream in cell.upstreams {
                stays.insert([cell.definition.name, upstream.label])
                guard let check = cell.definition.health else {
                    metrics.upstreamHealthy.bind([cell.definition.name, upstream.label]).set(1)
                    continue
                }
                let known = targets.first { $0.upstream === upstream && $0.check == check }
                kept.append(
                    known
                        ?? Target(
                            cell: cell.definition.name, upstream: upstream, check: check,
                            version: cell.definition.transport.version))
            }
        }
        for target in targets where !kept.contains(where: { $0 === target }) { drop(target) }
        targets = kept
        for gone in shown.subtracting(stays) { metrics.upstreamHealthy.remove([gone[0], gone[1]]) }
        shown = stays
    }

    /// Starts what is due and ends what takes too long.
    func tick(now: Int64) {
        for target in targets {
            if let probe = target.probe {
                if now >= probe.deadlineNanos { probe.end(isGood: false) }
            } else if now >= target.dueNanos, target.upstream.addresses != nil {
                begin(target, now: now)
            }
        }
    }

    func stop() {
        for target in targets { drop(target) }
        targets = []
    }

    private func drop(_ target: Target) {
        target.isDropped = true
        target.probe?.end(isGood: false)
    }

    private func begin(_ target: Target, now: Int64) {
        target.dueNanos = SteadyTime.after(max(target.check.intervalNanos, 10_000_000), from: now)
        let probe = HealthProbe(
            path: target.check.path, host: target.upstream.label,
            deadlineNanos: SteadyTime.after(target.check.timeoutNanos, from: now)
        ) { [weak self] isGood in self?.ended(target, isGood: isGood) }
        target.probe = probe
        probe.connect(
            to: target.upstream.addresses ?? [], security: target.upstream.security, version: target.version, on: io)
    }

    private func ended(_ target: Target, isGood: Bool) {
        target.probe = nil
        guard !target.isDropped else { return }
        let health = target.tally.note(isGood: isGood, target.check)
        target.upstream.health = health
        target.upstream.checkedAtMillis = WallClock.micros() / 1_000
        metrics.upstreamHealthy.bind([target.cell, target.upstream.label]).set(health == .up ? 1 : 0)
    }
}
