import GatewayMetrics
import Locking
import Logging

extension ReaderLoop {
    /// How many batches of a tenant from its spool the sender has at a time.
    private static let sentBatches = 3

    /// Hands out what is spooled of tenants that work again. A tenant whose spool was handed out to its end leaves it.
    func readSpool(_ now: Int64) {
        guard let spool, drainUntilNanos == nil else { return }
        for tenant in spool.tenants.values where tenant.isSpooling && !stalled.contains(tenant.id) {
            guard !batcher.slots[Int(tenant.id)].isGivingBack else { continue }
            spool.acknowledge(tenant) { ledger.progress($0) }
            if handOut(tenant, spool) { leaveSpool(tenant, spool) }
        }
    }

    /// Returns whether nothing is left that could be handed out now or later.
    private func handOut(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook) -> Bool {
        for name in tenant.spools {
            while tenant.sent.count < ReaderLoop.sentBatches, budget > 0 {
                do throws(SystemError) {
                    guard let frame = try spool.store.next(name) else { break }
                    handOut(frame, of: name, tenant, spool)
                } catch {
                    logger.error("a spool cannot be read", metadata: ["spool": "\(name)", "error": "\(error)"])
                    return false
                }
            }
            noteSpoolLosses(spool)
            guard !spool.store.hasUnread(name) else { return false }
        }
        return tenant.sent.count < ReaderLoop.sentBatches
    }

    private func handOut(_ frame: SpooledFrame, of name: String, _ tenant: SpoolBook.Tenant, _ spool: SpoolBook) {
        let serials = frame.block.sources.map { serial(of: $0, spool) }
        var content = BatchContent()
        var isAsStored = true
        frame.block.forEachLine { line, source, offset in
            let redacted = policies?.redactAgain(line, of: tenant.id)
            if redacted != nil { isAsStored = false }
            let line = redacted ?? line
            // An empty line has no address, and none is ever read from it.
            guard let base = line.baseAddress ?? UnsafeRawPointer(bitPattern: 8) else { return }
            content.append(base, line.count, file: serials[source], fileOffset: offset, pool: batcher.pool)
        }
        let batch = batcher.makeBatch(
            content, tenant: tenant.id, name: name, wallNanos: frame.block.closedWallNanos)
        batcher.slots[Int(tenant.id)].unackedBytes += batch.byteCount
        spool.storedLines -= batch.lineCount
        tenant.oldestWallNanos = frame.block.closedWallNanos
        tenant.sent.append(
            SpoolBook.Sent(
                batch: batch.id, spool: name, start: frame.start, end: frame.end, isDurable: true,
                isAsStored: isAsStored))
        countTransformed()
        ledger.add(batch)
        submit(batch)
    }

    /// The number that stands for a source of spooled lines in this run; dead letters and ids ask for its path.
    private func serial(of source: SpoolSource, _ spool: SpoolBook) -> FileSerial {
        let serial = spool.serials[source] ?? takeSerial()
        spool.serials[source] = serial
        shared.origins.withLock { $0[serial] = FileOrigin(path: source.path, key: source.key) }
        return serial
    }

    private func noteSpoolLosses(_ spool: SpoolBook) {
        for (name, amount) in spool.store.takeLosses() {
            logger.error(
                "spooled lines are damaged", metadata: ["spool": "\(name)", "lines": "\(amount.lines)"])
            spool.storedLines -= Int(amount.lines)
            countDropped(Int(amount.lines), "spool_damaged")
            isDirty = true
        }
    }

    /// The tenant's lines go straight to the sender again. What was written last is still in memory: it is sent from there,
    /// and done in the spool once it is delivered.
    func leaveSpool(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook) {
        for written in tenant.written {
            tenant.sent.append(
                SpoolBook.Sent(
                    batch: written.batch.id, spool: tenant.name, start: written.start, end: written.end,
                    isDurable: false))
            spool.store.moveCursor(tenant.name, to: written.end)
        }
        for batch in tenant.written.map(\.batch) + tenant.waiting {
            spool.heldBytes -= batch.byteCount
            ledger.add(batch)
            submit(batch)
        }
        tenant.written = []
        tenant.waiting = []
        if tenant.blockedUntilNanos != nil { noteObstacle(tenant.id, -1) }
        tenant.blockedUntilNanos = nil
        tenant.oldestWallNanos = nil
        endSpooling(tenant)
        tenant.older = tenant.older.filter { name in tenant.sent.contains { $0.spool == name } }
        isDirty = true
    }
}
