import GatewayMetrics
import Logging

/// Tenants that are stalled for long, or whose file is about to vanish, get a spool of their own (docs/adr/0014).
extension ReaderLoop {
    /// Gives the reader its spool. What an earlier run left there is pending from now on.
    func take(_ spool: SpoolBook) {
        self.spool = spool
        for (name, store) in spool.store.spools {
            let id = tenants.find(name) ?? TenantTable.defaultID
            batcher.reserve(id)
            let tenant = spool.entry(id, name: tenants.name(id))
            if name != tenant.name { tenant.older.append(name) }
            if store.pending.lines > 0 {
                tenant.isSpooling = true
                tenant.oldestWallNanos = spool.store.oldestWallNanos(name)
            }
            spool.storedLines += Int(store.pending.lines)
        }
    }

    /// At the start of the thread: counts what an earlier run of the program had read as read in this one.
    func countSpooled() {
        guard let spool else { return }
        for (name, store) in spool.store.spools {
            countRead(Int(store.pending.lines) - takeCarried(Int(store.pending.lines), of: name), name)
        }
        for (name, amount) in spool.store.takeLosses() {
            countRead(Int(amount.lines) - takeCarried(Int(amount.lines), of: name), name)
            countDropped(Int(amount.lines), "spool_damaged")
        }
        updatePendingGauges()
    }

    private func countRead(_ lines: Int, _ name: String) {
        guard lines > 0 else { return }
        countRead(lines, tenant: tenants.find(name) ?? TenantTable.defaultID, name: name)
    }

    /// Decides who is spooled, writes what is closed, and reads for those that work again.
    func spoolTurn(_ now: Int64) {
        guard let spool else { return }
        spool.nowNanos = now
        noteStalled(spool, now)
        if now >= spool.nextLookNanos {
            spool.nextLookNanos = now + 100_000_000
            for (tenant, since) in spool.stalledSince where now - since >= spool.afterNanos { startSpooling(tenant) }
            for tenant in spool.tenants.values { unblock(tenant, spool, now) }
        }
        writeSpool(now)
        readSpool(now)
    }

    /// The events have no clock; what is new in them counts from this turn on.
    private func noteStalled(_ spool: SpoolBook, _ now: Int64) {
        for tenant in stalled where spool.stalledSince[tenant] == nil { spool.stalledSince[tenant] = now }
        if spool.stalledSince.count > stalled.count {
            spool.stalledSince = spool.stalledSince.filter { stalled.contains($0.key) }
        }
    }

    /// A file without a name, or out of the globs, is gone after a restart or for good: tenants that are stalled and are
    /// owed lines of it do not wait any longer.
    func spoolVanishing(_ now: Int64) {
        guard let spool, !stalled.isEmpty else { return }
        noteStalled(spool, now)
        let leaving = table.entries.values.filter { $0.missingSinceNanos != nil }.map(\.serial)
        let gone = files.values.filter { $0.isFinished || !$0.source.hasName }.map(\.serial)
        guard !leaving.isEmpty || !gone.isEmpty else { return }
        let owed = owedOffsets()
        for serial in Set(leaving + gone) {
            for tenant in (owed[serial] ?? [:]).keys where stalled.contains(tenant) { startSpooling(tenant) }
        }
    }

    /// From here on the tenant's lines go to its spool: first what the sender has of it, in order, so that nothing of it
    /// depends on a file any more, then what was left in the files, then what is new.
    func startSpooling(_ id: TenantID) {
        guard let spool, drainUntilNanos == nil, !spool.isSpooling(id) else { return }
        let name = tenants.name(id)
        guard spool.store.hasRoom(for: name), !batcher.slots[Int(id)].isGivingBack else { return }
        router(of: id).close(id)
        flushClosed()
        let tenant = spool.entry(id, name: name)
        beginSpooling(tenant)
        // What could not be copied comes before everything that would be spooled, so nothing is yet.
        guard copyToSpool(ledger.batches(of: id), tenant, spool) else { return endSpooling(tenant) }
        let untouched = ledger.untouched(of: [id]).map(\.id).filter { spool.isSent(id, $0) }
        guard !untouched.isEmpty else { return }
        batcher.slots[Int(id)].isGivingBack = true
        noteObstacle(id, 1)
        giveBack(id, Set(untouched))
    }

    /// Until one cannot be stored, or a sync of those before it has failed: then they stay the business of their files.
    ///
    /// - Returns: whether all are stored
    private func copyToSpool(_ batches: [Batch], _ tenant: SpoolBook.Tenant, _ spool: SpoolBook) -> Bool {
        var last: UInt64?
        for batch in batches where !spool.isSent(tenant.id, batch.id) {
            saveSpooled(before: batch, spool)
            guard last == nil || tenant.sent.last?.batch == last,
                case .stored(let start, let end) = append(batch, tenant, spool)
            else { return false }
            tenant.sent.append(
                SpoolBook.Sent(batch: batch.id, spool: tenant.name, start: start, end: end, isDurable: false))
            spool.store.moveCursor(tenant.name, to: end)
            last = batch.id
            isDirty = true
        }
        return true
    }

    /// While a tenant is spooled, failing requests are no reason to leave its lines in the files.
    func beginSpooling(_ tenant: SpoolBook.Tenant) {
        guard !tenant.isSpooling else { return }
        tenant.isSpooling = true
        if stalled.contains(tenant.id) { noteObstacle(tenant.id, -1) }
    }

    func endSpooling(_ tenant: SpoolBook.Tenant) {
        guard tenant.isSpooling else { return }
        tenant.isSpooling = false
        if stalled.contains(tenant.id) { noteObstacle(tenant.id, 1) }
    }

    /// The sender has dropped these batches. Those that stand in the spool are handed out again from there.
    ///
    /// - Returns: the others
    func takeBackSpooled(_ id: TenantID, _ batches: Set<UInt64>) -> Set<UInt64> {
        guard let spool, let tenant = spool.tenants[id] else { return batches }
        let count = tenant.sent.reversed().prefix { batches.contains($0.batch) }.count
        let back = Array(tenant.sent.suffix(count))
        guard !back.isEmpty else { return batches }
        var written: [SpoolBook.Written] = []
        for sent in back {
            guard let batch = ledger.giveBack(sent.batch) else { continue }
            if sent.isDurable {
                spool.storedLines += batch.lineCount
                batcher.slots[Int(id)].unackedBytes -= batch.byteCount
            } else {
                spool.heldBytes += batch.byteCount
                written.append(SpoolBook.Written(batch: batch, start: sent.start, end: sent.end))
            }
        }
        tenant.sent.removeLast(count)
        tenant.written = written + tenant.written
        // Of each spool from the first that came back on.
        for sent in back.reversed() { spool.store.moveCursor(sent.spool, to: sent.start) }
        beginSpooling(tenant)
        isDirty = true
        return batches.subtracting(back.map(\.batch))
    }
}
