import GatewayMetrics
import Locking
import Logging

extension ReaderLoop {
    /// What became of a batch that was to be spooled, after room was made where the policy allows it.
    enum SpoolOutcome {
        case stored(start: SpoolMark, end: SpoolMark)
        case full
        case failed
    }

    /// How long a tenant's lines stay in their files after a write that failed, or while its spool is full.
    private static let blockedNanos: Int64 = 1_000_000_000

    /// Appends what was closed since the last call. Only between two blocks of a file, when its front is up to date:
    /// making room writes a checkpoint.
    func writeSpool(_ now: Int64) {
        guard let spool, spool.heldBytes > 0 else { return }
        for tenant in spool.tenants.values where !tenant.waiting.isEmpty && tenant.blockedUntilNanos == nil {
            write(tenant, spool, now)
        }
        // What is written leaves memory with a checkpoint.
        if spool.heldBytes > min(windowBytes / 8, spoolExposureBytes), checkpointFailure == nil { checkpoint() }
    }

    private func write(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook, _ now: Int64) {
        while let batch = tenant.waiting.first {
            saveSpooled(before: batch, spool)
            // A sync that failed has sent the tenant back to its files.
            guard tenant.blockedUntilNanos == nil, tenant.waiting.first === batch else { return }
            switch append(batch, tenant, spool) {
            case .stored(let start, let end):
                tenant.waiting.removeFirst()
                tenant.written.append(SpoolBook.Written(batch: batch, start: start, end: end))
            case .full where spool.store.limits.whenFull != .block:
                tenant.waiting.removeFirst()
                drop(batch, spool)
            case .full, .failed: return block(tenant, spool, now)
            }
            isDirty = true
        }
    }

    /// A kill leaves what was appended since the last checkpoint both in the spool and in the files, so that must not get
    /// too much. While no checkpoint can be written spooling goes on, as sending does.
    func saveSpooled(before batch: Batch, _ spool: SpoolBook) {
        guard spool.unsavedBytes > 0, spool.unsavedBytes + batch.byteCount > spoolExposureBytes,
            checkpointFailure == nil
        else { return }
        isDirty = true
        checkpoint()
    }

    func append(_ batch: Batch, _ tenant: SpoolBook.Tenant, _ spool: SpoolBook) -> SpoolOutcome {
        for _ in 0..<4 {
            switch spool.store.append(block(batch), tenant: tenant.name) {
            case .stored:
                if spool.failure != nil { logger.notice("the spool can be written again") }
                spool.failure = nil
                let end = spool.store.end(tenant.name)
                let bytes = UInt64(batch.byteCount)
                spool.unsavedBytes += batch.byteCount
                tenant.oldestWallNanos = tenant.oldestWallNanos ?? batch.closedWallNanos
                return .stored(
                    start: SpoolMark(lines: end.lines - UInt64(batch.lineCount), bytes: end.bytes - bytes), end: end)
            case .failed(let error):
                noteSpoolFailure(error, spool)
                return .failed
            case .full(let limit):
                guard spool.store.limits.whenFull == .dropOldest, dropOldest(tenant, limit, spool) else {
                    // A sync that failed may have sent the tenant back to its files.
                    return tenant.blockedUntilNanos == nil ? .full : .failed
                }
            }
        }
        return .full
    }

    private func block(_ batch: Batch) -> SpoolBlock {
        let block = SpoolBlock(closedWallNanos: batch.closedWallNanos)
        let origins = shared.origins.withLock { $0 }
        var last: FileSerial?
        var source = 0
        for index in 0..<batch.lineCount {
            let line = batch.lines[index]
            if line.file != last {
                last = line.file
                let origin = origins[line.file]
                source = block.index(of: SpoolSource(path: origin?.path ?? "", key: origin?.key ?? 0))
            }
            block.append(batch.line(index), source: source, offset: line.fileOffset)
        }
        return block
    }

    /// Gives up the tenant's oldest lines that are only in the spool. A checkpoint before makes sure that they are there
    /// and the caller's no more, one behind lets their file be deleted.
    private func dropOldest(_ tenant: SpoolBook.Tenant, _ limit: SpoolAppend.Limit, _ spool: SpoolBook) -> Bool {
        isDirty = true
        checkpoint()
        guard checkpointFailure == nil, tenant.blockedUntilNanos == nil,
            let drop = spool.store.dropOldest(for: tenant.name, limit)
        else { return false }
        spool.storedLines -= Int(drop.amount.lines)
        countDropped(Int(drop.amount.lines), "spool_full")
        isDirty = true
        checkpoint()
        return checkpointFailure == nil && tenant.blockedUntilNanos == nil
    }

    private func drop(_ batch: Batch, _ spool: SpoolBook) {
        countDropped(batch.lineCount, "spool_full")
        spool.heldBytes -= batch.byteCount
        batcher.slots[Int(batch.tenant)].unackedBytes -= batch.byteCount
    }

    private func noteSpoolFailure(_ error: SystemError, _ spool: SpoolBook) {
        if spool.failure == nil {
            logger.error("the spool cannot be written", metadata: ["output": "\(output.name)", "error": "\(error)"])
        }
        spool.failure = error.description
        metrics.spoolFailures.increment()
    }

    /// There is no room: the tenant's lines are left in their files until there is. What cannot be read from a file again
    /// stays in memory.
    private func block(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook, _ now: Int64) {
        if tenant.blockedUntilNanos == nil { noteObstacle(tenant.id, 1) }
        tenant.blockedUntilNanos = now + ReaderLoop.blockedNanos
        router(of: tenant.id).close(tenant.id)
        flushClosed()
        let parts = splitAtLastUnreadable(tenant.waiting)
        for batch in parts.readable {
            spool.heldBytes -= batch.byteCount
            returnToFiles(batch)
        }
        tenant.waiting = Array(parts.others)
    }

    /// Tries again where it is time and there is room.
    func unblock(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook, _ now: Int64) {
        guard let until = tenant.blockedUntilNanos, now >= until, spool.store.hasRoom(for: tenant.name) else { return }
        tenant.blockedUntilNanos = nil
        noteObstacle(tenant.id, -1)
    }

    /// The first part of a checkpoint: makes durable what was written, so that the files owe it no longer.
    func syncSpool() {
        guard let spool else { return }
        let failures = spool.store.sync()
        if let error = failures.values.first { noteSpoolFailure(error, spool) }
        for tenant in spool.tenants.values {
            if failures[tenant.name] == nil { noteDurable(tenant, spool) } else { takeBackUnsynced(tenant, spool) }
            spool.acknowledge(tenant) { ledger.progress($0) }
        }
    }

    private func noteDurable(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook) {
        for index in tenant.sent.indices where !tenant.sent[index].isDurable {
            tenant.sent[index].isDurable = true
            ledger.noteSpooled(tenant.sent[index].batch)
        }
        for written in tenant.written {
            spool.storedLines += written.batch.lineCount
            spool.heldBytes -= written.batch.byteCount
            batcher.slots[Int(tenant.id)].unackedBytes -= written.batch.byteCount
        }
        tenant.written = []
    }

    /// What was written since the last sync is not in the spool. Batches at the sender are its business alone; the others
    /// wait to be written again.
    private func takeBackUnsynced(_ tenant: SpoolBook.Tenant, _ spool: SpoolBook) {
        let sentCount = tenant.sent.count
        tenant.sent.removeAll { !$0.isDurable }
        tenant.waiting = tenant.written.map(\.batch) + tenant.waiting
        tenant.written = []
        if !tenant.waiting.isEmpty { block(tenant, spool, spool.nowNanos) }
        // What is at the sender alone comes before everything that would be spooled: after a kill the spool comes first.
        if tenant.isSpooling, tenant.sent.count < sentCount {
            spool.stalledSince[tenant.id] = spool.nowNanos
            leaveSpool(tenant, spool)
        }
    }
}
