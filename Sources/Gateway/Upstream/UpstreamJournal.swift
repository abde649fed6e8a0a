import GatewayMetrics
import Locking

/// Something that an operator wants to read of a cell or one of its servers.
struct UpstreamEvent: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        case down = "upstream is down"
        case up = "upstream is up again"
        case ejected = "upstream ejected"
        case readmitted = "upstream gets requests again"
        case circuitOpened = "circuit opened"
        case circuitClosed = "circuit closed"
        case unresolved = "upstream's name not found"
        case resolved = "upstream's name found again"
    }

    var kind: Kind
    /// Nil where only the server is known.
    var cell: String?
    /// `host:port`; nil for what concerns the whole cell.
    var upstream: String?
    /// Why, as far as it is known.
    var reason: String?
    /// Of an ejection, or until an open circuit lets a request try.
    var seconds: Double?

    /// Requests suffer.
    var isBad: Bool {
        switch kind {
        case .down, .ejected, .circuitOpened, .unresolved: true
        case .up, .readmitted, .circuitClosed, .resolved: false
        }
    }
}

/// Says what changes about cells and their servers: in the gauges, and to whoever writes it down. Any thread.
final class UpstreamJournal: Sendable {
    private let metrics: GatewayMetricSet
    private let tell: @Sendable (UpstreamEvent) -> Void
    /// The upstreams that there are, with their cells as they are now. The lock also orders those who look at an upstream
    /// and write what they saw.
    private let shown = Locked([Subject: CellState]())

    private struct Subject: Hashable {
        let cell: String
        let upstream: String
    }

    /// - Parameter tell: called on the thread that noticed, an event loop mostly; must not block.
    init(_ metrics: GatewayMetricSet, tell: @escaping @Sendable (UpstreamEvent) -> Void = { _ in }) {
        self.metrics = metrics
        self.tell = tell
    }

    /// These are the cells now: all others' series go, and theirs may come.
    func cover(_ cells: [CellState]) {
        let stays = Dictionary(
            cells.flatMap { cell in
                cell.upstreams.map { (Subject(cell: cell.definition.name, upstream: $0.label), cell) }
            }
        ) { first, _ in first }
        shown.withLock { shown in
            for gone in shown.keys where stays[gone] == nil {
                metrics.upstreamHealthy.remove([gone.cell, gone.upstream])
            }
            shown = stays
        }
    }

    /// Brings `gateway_upstream_healthy` up to date: 1 while the upstream passes its checks and is not ejected. One whose
    /// first check has not ended has no series. Of a cell whose policies have been replaced nothing is shown any more.
    func show(_ cell: CellState, _ index: Int) {
        let subject = Subject(cell: cell.definition.name, upstream: cell.upstreams[index].label)
        shown.withLock { shown in
            guard let current = shown[subject], current.share === cell.share else { return }
            guard current.definition.health == nil || current.upstreams[index].health != .unknown else {
                metrics.upstreamHealthy.remove([subject.cell, subject.upstream])
                return
            }
            metrics.upstreamHealthy.bind([subject.cell, subject.upstream]).set(current.isServing(index) ? 1 : 0)
        }
    }

    /// A check has ended.
    func checked(_ cell: CellState, _ index: Int, before: UpstreamState.Health, problem: String?, now: Int64) {
        let isUp = cell.upstreams[index].health == .up
        let isChanged = before != cell.upstreams[index].health
        if isChanged, !isUp || before == .down {
            note(isUp ? .up : .down, cell, index, reason: isUp ? nil : problem)
        }
        tellOutliers(cell, index, now: now)
        show(cell, index)
    }

    /// The ejection table has to know who passes the checks; a reload may have brought another table, or ended the checks.
    func tellOutliers(_ cell: CellState, _ index: Int, now: Int64) {
        guard let change = cell.share.outliers.setHealthy(index, cell.upstreams[index].isUsable, now: now) else {
            return
        }
        changed(change, of: cell, reason: "no other upstream is left", now: now)
    }

    /// Requests have had an upstream ejected, or have found that it is back.
    func changed(_ change: EjectionChange, of cell: CellState, reason: String? = nil, now: Int64) {
        switch change {
        case .ejected(let index, let until):
            guard index < cell.upstreams.count else { return }
            note(.ejected, cell, index, reason: reason, seconds: seconds(until: until, now: now))
            show(cell, index)
        case .readmitted(let index):
            guard index < cell.upstreams.count else { return }
            note(.readmitted, cell, index, reason: reason)
            show(cell, index)
        }
    }

    func circuitOpened(ofCell name: String, untilNanos: Int64, now: Int64) {
        tell(UpstreamEvent(kind: .circuitOpened, cell: name, seconds: seconds(until: untilNanos, now: now)))
    }

    func circuitClosed(ofCell name: String) { tell(UpstreamEvent(kind: .circuitClosed, cell: name)) }

    /// Nil when the name has been found again.
    func lookedUp(_ upstream: UpstreamState, problem: String?) {
        tell(UpstreamEvent(kind: problem == nil ? .resolved : .unresolved, upstream: upstream.label, reason: problem))
    }

    private func seconds(until: Int64, now: Int64) -> Double { Double(max(0, until.subtractingClamped(now))) / 1e9 }

    private func note(
        _ kind: UpstreamEvent.Kind, _ cell: CellState, _ index: Int, reason: String?, seconds: Double? = nil
    ) {
        tell(
            UpstreamEvent(
                kind: kind, cell: cell.definition.name, upstream: cell.upstreams[index].label, reason: reason,
                seconds: seconds))
    }
}
