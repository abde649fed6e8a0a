/// The spools of one output's tenants: `<directory>/<tenant>/<number>.seg`.
///
/// Lines that are appended belong to the caller until `sync` has returned and a checkpoint with `heads` is on the disk;
/// then they belong to the store until they are acknowledged and the next checkpoint is on the disk. Blocks come out in the
/// order in which they went in. Damage is skipped and counted exactly, by the numbers that every frame has of its lines.
/// Belongs to the reader's thread. The format is described at `SegmentHeader`, `FrameHeader` and `SpoolBlock`.
final class SpoolStore {
    let directory: String
    let limits: SpoolLimits
    let keyring: SpoolKeyring
    let system: any StateFileSystem
    let random: () -> UInt64
    var spools: [String: TenantSpool] = [:]
    /// What damage took since it was last asked for, by tenant.
    var losses: [String: SpoolAmount] = [:]
    var isRootMade = false
    var isRootUnsynced = false
    /// Made when the first block comes.
    var codec: (any BodyCodec)?

    init(
        directory: String, limits: SpoolLimits, keyring: SpoolKeyring = SpoolKeyring(keys: []),
        system: any StateFileSystem, random: @escaping () -> UInt64 = { .random(in: .min ... .max) }
    ) {
        self.directory = directory
        self.limits = limits
        self.keyring = keyring
        self.system = system
        self.random = random
    }

    /// Bytes of all segments.
    var diskBytes: Int64 { spools.values.reduce(0) { $0 + $1.diskBytes } }

    /// Lines that were written and are not done.
    var pending: SpoolAmount { spools.values.reduce(into: .zero) { $0 += $1.pending } }

    func pending(of tenant: String) -> SpoolAmount { spools[tenant]?.pending ?? .zero }

    func hasUnread(_ tenant: String) -> Bool { spools[tenant]?.hasUnread ?? false }

    /// The end of what a checkpoint may count as moved.
    func durable(_ tenant: String) -> SpoolMark? { spools[tenant]?.durable }

    /// Everything of a tenant before `mark` is done.
    func acknowledge(_ tenant: String, to mark: SpoolMark) { spools[tenant]?.acknowledge(to: mark) }

    /// The next block is the one that begins here, before or behind what was handed out last.
    func moveCursor(_ tenant: String, to mark: SpoolMark) {
        spools[tenant]?.cursor = SpoolPosition(segment: 0, offset: 0, mark: mark)
    }

    /// The end of what was handed out.
    func cursorMark(_ tenant: String) -> SpoolMark? { spools[tenant]?.cursor.mark }

    /// The end of everything that was appended.
    func end(_ tenant: String) -> SpoolMark { spools[tenant]?.next ?? .zero }

    /// Whether it is worth a try: a tenant's share has room for an eighth of it or a mebibyte.
    func hasRoom(for tenant: String) -> Bool {
        guard limits.maxBytes > 0, spools[tenant] != nil || spools.count < limits.maxTenants else { return false }
        guard limits.whenFull == .block else { return true }
        let wanted = min(1 << 20, min(limits.tenantMaxBytes, limits.maxBytes) / 8)
        return limits.tenantMaxBytes - (spools[tenant]?.diskBytes ?? 0) >= wanted
            && limits.maxBytes - diskBytes >= wanted
    }

    /// What was lost to damage since the last call.
    func takeLosses() -> [String: SpoolAmount] {
        defer { losses = [:] }
        return losses
    }

    func noteLoss(_ amount: SpoolAmount, _ tenant: String) {
        guard amount.lines > 0 else { return }
        losses[tenant, default: .zero] += amount
    }

    /// What a checkpoint has to hold. Valid until something is appended, read or acknowledged.
    func heads() -> [String: SpoolHead] {
        spools.mapValues { spool in
            spool.offered = spool.headForCheckpoint
            return spool.headForCheckpoint
        }
    }

    /// A checkpoint with what `heads` said is on the disk: deletes what it does not need. A file that cannot be deleted is
    /// tried again after the next one.
    func checkpointed() {
        for spool in spools.values {
            for segment in spool.removableSegments() {
                guard (try? system.remove(spool.path(segment.number))) != nil else { continue }
                spool.forget(segment.number)
            }
            spool.offered = nil
            for number in spool.stale { removeStale(spool, number) }
            if spool.isIdle { retire(spool) }
        }
    }

    /// A tenant without segments is forgotten once nothing of them can come back after a loss of power.
    private func retire(_ spool: TenantSpool) {
        guard (try? system.syncDirectory(spool.directory)) != nil,
            (try? system.removeDirectory(spool.directory)) != nil
        else { return }
        spools[spool.tenant] = nil
    }

    /// Gives up the oldest whole segment of which nothing was handed out, to make room: of the tenant itself where it is at
    /// its own limit, else of whoever has the most. Takes effect on the disk with the next checkpoint.
    func dropOldest(for tenant: String, _ limit: SpoolAppend.Limit) -> (tenant: String, amount: SpoolAmount)? {
        let candidates =
            switch limit {
            case .tenant: [tenant]
            case .all: spools.values.sorted { $0.diskBytes > $1.diskBytes }.map(\.tenant)
            case .tenants: [String]()
            }
        for candidate in candidates {
            guard let spool = spools[candidate], let segment = spool.oldestUnread() else { continue }
            if spool.segments.last?.number == segment.number { spool.isLastWritable = false }
            return (candidate, spool.giveUp(from: segment.start, to: segment.end))
        }
        return nil
    }

    /// The first rule that does not hold, for tests.
    func brokenInvariant() -> String? { spools.values.lazy.compactMap { $0.brokenInvariant() }.first }
}
