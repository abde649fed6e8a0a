/// The embedded governance centre's memory: cells that keep themselves registered by heartbeats, and vanish when
/// they do not renew within their ttl.
struct CellRegistry: Sendable {
    private struct Entry: Sendable {
        var registration: CellRegistration
        var renewedAtMillis: Int64
        var endsAtMillis: Int64 { renewedAtMillis + registration.ttlSeconds * 1_000 }
    }

    private var entries: [String: Entry] = [:]
    private let maxCells: Int

    init(maxCells: Int) {
        self.maxCells = maxCells
    }

    /// Registers or renews; false when the registry is full.
    mutating func register(_ name: String, _ registration: CellRegistration, atMillis now: Int64) -> Bool {
        forgetOverdue(atMillis: now)
        guard entries[name] != nil || entries.count < maxCells else { return false }
        entries[name] = Entry(registration: registration, renewedAtMillis: now)
        return true
    }

    /// What a living cell registered.
    func registration(_ name: String, atMillis now: Int64) -> CellRegistration? {
        entries[name].flatMap { $0.endsAtMillis > now ? $0.registration : nil }
    }

    /// False when there was no such cell.
    mutating func remove(_ name: String) -> Bool { entries.removeValue(forKey: name) != nil }

    /// Forgets cells whose time has passed.
    mutating func forgetOverdue(atMillis now: Int64) {
        entries = entries.filter { $0.value.endsAtMillis > now }
    }

    /// The living cells by name.
    func cells(atMillis now: Int64) -> [GovernedCell] {
        entries.filter { $0.value.endsAtMillis > now }.sorted { $0.key < $1.key }.map { name, entry in
            GovernedCell(
                name: name,
                upstreams: entry.registration.upstreams.map { .init(address: $0, status: .unknown) },
                status: .up,
                stripPrefix: entry.registration.stripPrefix,
                health: entry.registration.healthPath.map { HealthCheck(path: $0) },
                checkedAt: RFC3339.text(millis: entry.renewedAtMillis))
        }
    }
}
