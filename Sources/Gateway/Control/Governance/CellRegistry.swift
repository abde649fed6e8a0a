/// The embedded governance centre's memory: cells that keep themselves registered by heartbeats.
///
/// A cell whose heartbeat is overdue is reported as down but still routed to, for its servers may well be alive and
/// the health checks know better. It is forgotten after ten times its ttl, an hour at least, or as soon as a new cell
/// needs the room.
struct CellRegistry: Sendable {
    private struct Entry: Sendable {
        var registration: CellRegistration
        var renewedAtMillis: Int64
        var overdueAtMillis: Int64 { renewedAtMillis + registration.ttlSeconds * 1_000 }
        var forgottenAtMillis: Int64 { renewedAtMillis + max(registration.ttlSeconds * 10_000, 3_600_000) }
    }

    private var entries: [String: Entry] = [:]
    private let maxCells: Int

    init(maxCells: Int) {
        self.maxCells = maxCells
    }

    /// Registers or renews; false when the registry is full of living cells.
    mutating func register(_ name: String, _ registration: CellRegistration, atMillis now: Int64) -> Bool {
        if entries[name] == nil, entries.count >= maxCells {
            let overdue = entries.filter { $0.value.overdueAtMillis <= now }
            guard let oldest = overdue.min(by: { $0.value.overdueAtMillis < $1.value.overdueAtMillis }) else {
                return false
            }
            entries[oldest.key] = nil
        }
        entries[name] = Entry(registration: registration, renewedAtMillis: now)
        return true
    }

    /// False when there was no such cell.
    mutating func remove(_ name: String) -> Bool { entries.removeValue(forKey: name) != nil }

    /// Forgets what is long overdue.
    mutating func forget(atMillis now: Int64) {
        entries = entries.filter { $0.value.forgottenAtMillis > now }
    }

    /// All cells by name.
    func cells(atMillis now: Int64) -> [GovernedCell] {
        entries.sorted { $0.key < $1.key }.map { name, entry in
            GovernedCell(
                name: name,
                upstreams: entry.registration.upstreams.map { .init(address: $0, status: .unknown) },
                status: entry.overdueAtMillis > now ? .up : .down,
                stripPrefix: entry.registration.stripPrefix,
                health: entry.registration.healthPath.map { HealthCheck(path: $0) },
                checkedAt: RFC3339.text(millis: entry.renewedAtMillis))
        }
    }
}
