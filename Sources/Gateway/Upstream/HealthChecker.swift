import StructuredLog

/// Asks every upstream for its health at its cell's interval. Runs on one event loop; the result is shared.
final class HealthChecker {
    private final class Target {
        /// As it is now; reloads replace it.
        var cell: CellState
        var index: Int
        let upstream: UpstreamState
        let check: HealthCheck
        var tally = HealthTally()
        var dueNanos: Int64 = 0
        var probe: HealthProbe?
        var isDropped = false

        init(_ cell: CellState, _ index: Int, _ check: HealthCheck) {
            self.cell = cell
            self.index = index
            self.check = check
            upstream = cell.upstreams[index]
        }
    }

    private let io: IOLoop
    private let journal: UpstreamJournal
    private var targets: [Target] = []

    init(io: IOLoop, journal: UpstreamJournal) {
        self.journal = journal
        self.io = io
    }

    /// Watches the upstreams of these cells from now on; those that stay keep their tally.
    func watch(_ cells: [CellState]) {
        var kept: [Target] = []
        journal.cover(cells)
        for cell in cells {
            for (index, upstream) in cell.upstreams.enumerated() {
                journal.tellOutliers(cell, index, now: SteadyTime.nanos())
                journal.show(cell, index)
                guard let check = cell.definition.health else { continue }
                let target =
                    targets.first { $0.upstream === upstream && $0.check == check } ?? Target(cell, index, check)
                target.cell = cell
                target.index = index
                kept.append(target)
            }
        }
        for target in targets where !kept.contains(where: { $0 === target }) { drop(target) }
        targets = kept
    }

    /// Starts what is due and ends what takes too long.
    func tick(now: Int64) {
        for target in targets {
            if let probe = target.probe {
                if now >= probe.deadlineNanos { probe.end("no answer in time") }
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
        target.probe?.end("no longer wanted")
    }

    private func begin(_ target: Target, now: Int64) {
        target.dueNanos = SteadyTime.after(max(target.check.intervalNanos, 10_000_000), from: now)
        let probe = HealthProbe(
            path: target.check.path, host: target.upstream.label,
            deadlineNanos: SteadyTime.after(target.check.timeoutNanos, from: now)
        ) { [weak self] problem in self?.ended(target, problem) }
        target.probe = probe
        probe.connect(
            to: target.upstream.addresses ?? [], security: target.upstream.security,
            version: target.cell.definition.transport.version, on: io)
    }

    private func ended(_ target: Target, _ problem: String?) {
        target.probe = nil
        guard !target.isDropped else { return }
        let before = target.upstream.health
        target.upstream.health = target.tally.note(isGood: problem == nil, target.check)
        target.upstream.checkedAtMillis = WallClock.micros() / 1_000
        journal.checked(target.cell, target.index, before: before, problem: problem, now: SteadyTime.nanos())
    }
}
