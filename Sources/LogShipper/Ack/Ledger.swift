/// Which lines are settled, and from where each file would have to be read again after a crash.
///
/// Lines may be settled in any order, but what a tenant's older lines keep open a crash sends again, so bytes count as
/// pending until everything before them is settled. Pure bookkeeping: no clock, no I/O. `checkInvariants` states what
/// always holds.
struct Ledger {
    private struct Entry {
        /// Nil as soon as all lines are settled: only the count is needed then.
        var batch: Batch?
        let tenant: TenantID
        let byteCount: Int
        let lineCount: Int
        var settled = LineRanges()
        /// The lines stand in a spool, so no file owes them.
        var isSpooled = false
        /// Bytes that no longer count as pending.
        var freedBytes = 0

        init(_ batch: Batch) {
            self.batch = batch
            tenant = batch.tenant
            byteCount = batch.byteCount
            lineCount = batch.lineCount
        }

        var isDone: Bool { settled.leading == lineCount }
    }

    private var live: [UInt64: Entry] = [:]
    /// Each tenant's live batches, oldest first; the first is not done.
    private var order: [TenantID: [UInt64]] = [:]
    /// Bytes in closed batches that are not settled or stand behind some that are not.
    private(set) var pendingBytes = 0
    /// Lines in closed batches that are not settled.
    private(set) var pendingLines = 0

    var liveBatchCount: Int { live.count }
    var isEmpty: Bool { live.isEmpty }

    mutating func add(_ batch: Batch) {
        live[batch.id] = Entry(batch)
        order[batch.tenant, default: []].append(batch.id)
        pendingBytes += batch.byteCount
        pendingLines += batch.lineCount
    }

    /// What a settlement freed: bytes that a crash would not send again, and whose they were.
    struct Freed: Equatable {
        var tenant: TenantID
        var bytes: Int
    }

    /// Applies a settlement. One that is unknown, repeated or out of range changes nothing and returns nil.
    mutating func settle(_ settlement: Settlement) -> Freed? {
        guard var entry = live[settlement.batch], !settlement.lines.isEmpty,
            settlement.lines.end <= entry.lineCount, settlement.lines.first ?? -1 >= 0,
            entry.settled.isDisjoint(with: settlement.lines)
        else { return nil }
        entry.settled.formUnion(settlement.lines)
        pendingLines -= settlement.lines.count
        live[settlement.batch] = entry
        let freed = advance(entry.tenant)
        // Whatever waits behind older lines needs no memory any more.
        if live[settlement.batch]?.isDone == true { live[settlement.batch]?.batch = nil }
        return Freed(tenant: entry.tenant, bytes: freed)
    }

    /// Lets go of a tenant's oldest batches as far as they are settled without a gap; returns the bytes this frees.
    private mutating func advance(_ tenant: TenantID) -> Int {
        guard var ids = order[tenant] else { return 0 }
        var freed = 0
        var gone = 0
        for id in ids {
            guard var entry = live[id] else { break }
            guard entry.isDone else {
                let done = entry.batch.map { $0.byteCount(of: 0..<entry.settled.leading) } ?? 0
                freed += done - entry.freedBytes
                entry.freedBytes = done
                live[id] = entry
                break
            }
            freed += entry.byteCount - entry.freedBytes
            live[id] = nil
            gone += 1
        }
        if gone > 0 {
            ids.removeFirst(gone)
            order[tenant] = ids.isEmpty ? nil : ids
        }
        pendingBytes -= freed
        return freed
    }

    /// A tenant's batches that are not settled, in order.
    func batches(of tenant: TenantID) -> [Batch] { (order[tenant] ?? []).compactMap { live[$0]?.batch } }

    /// How much of a batch is settled from its start on without a gap; nil where it is done and forgotten.
    func progress(_ id: UInt64) -> (lines: Int, bytes: Int)? {
        guard let entry = live[id] else { return nil }
        guard let batch = entry.batch else { return (entry.lineCount, entry.byteCount) }
        return (entry.settled.leading, batch.byteCount(of: 0..<entry.settled.leading))
    }

    /// A batch's lines stand durably in a spool: the files they came from owe them no longer.
    mutating func noteSpooled(_ id: UInt64) { live[id]?.isSpooled = true }

    /// The files that lines of spooled batches came from.
    func forEachSpooledSource(_ body: (FileSerial) -> Void) {
        for entry in live.values where entry.isSpooled { entry.batch?.forEachSource(from: 0) { file, _ in body(file) } }
    }

    /// Some tenants' batches of which nothing is settled.
    func untouched(of tenants: Set<TenantID>) -> [Batch] {
        tenants.flatMap { tenant in
            (order[tenant] ?? []).compactMap { id in live[id].flatMap { $0.settled.isEmpty ? $0.batch : nil } }
        }
    }

    /// Forgets a batch of which nothing is settled: its lines will be read from their files again.
    mutating func giveBack(_ id: UInt64) -> Batch? {
        guard let entry = live[id], entry.settled.isEmpty, let batch = entry.batch else { return nil }
        live[id] = nil
        order[entry.tenant]?.removeAll { $0 == id }
        if order[entry.tenant]?.isEmpty == true { order[entry.tenant] = nil }
        pendingBytes -= entry.byteCount
        pendingLines -= entry.lineCount
        return batch
    }

    /// Calls `body` with (file, tenant, offset) such that the lowest offset for a file and tenant is that tenant's first
    /// line in a closed batch which is not settled.
    func forEachPending(_ body: (FileSerial, TenantID, Int64) -> Void) {
        for entry in live.values where !entry.isDone && !entry.isSpooled {
            entry.batch?.forEachSource(from: entry.settled.leading) { file, offset in body(file, entry.tenant, offset) }
        }
    }

    /// Calls `body` with each live batch's tenant and how many of its lines are not settled.
    func forEachUnsettled(_ body: (TenantID, Int) -> Void) {
        for entry in live.values where !entry.isDone { body(entry.tenant, entry.lineCount - entry.settled.count) }
    }

    /// How long ago the oldest batch that is not done was closed.
    func oldestAgeNanos(nowWallNanos: Int64) -> Int64 {
        live.values.compactMap(\.batch?.closedWallNanos).min().map { max(0, nowWallNanos - $0) } ?? 0
    }

    /// Checks the counters against the entries, for tests.
    func checkInvariants() -> Bool {
        var bytes = 0
        var lines = 0
        for entry in live.values {
            guard entry.settled.checkInvariants(), entry.settled.end <= entry.lineCount else { return false }
            guard entry.isDone == (entry.batch == nil) else { return false }
            bytes += entry.byteCount - entry.freedBytes
            lines += entry.lineCount - entry.settled.count
        }
        let ordered = order.values.flatMap(\.self)
        guard ordered.count == live.count, ordered.allSatisfy({ live[$0] != nil }) else { return false }
        guard order.values.allSatisfy({ $0.first.map { live[$0]?.isDone == false } ?? false }) else { return false }
        return bytes == pendingBytes && lines == pendingLines
    }
}
