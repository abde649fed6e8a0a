import GatewayMetrics
import Locking

extension ReaderLoop {
    /// How much later than it could be the status is refreshed when the reader would wake up for nothing else.
    static let statusPatienceNanos: Int64 = 250_000_000

    /// Refreshes gauges and the status once a second, and once more when nothing is to be done any more. Going over very
    /// many files takes its time, so then it is every two seconds.
    func publishStatus(_ now: Int64) {
        shared.heart.beat(now)
        guard now >= nextStatusNanos else { return }
        nextStatusNanos = now + 1_000_000_000
        counts.tick(now: now)
        guard isStatusStale || isBusy else { return }
        isStatusStale = isBusy
        let begin = outside.threadCPUNanos()
        defer { nextStatusNanos += min(1_000_000_000, 500 * (outside.threadCPUNanos() - begin)) }
        var status = ReaderStatus()
        noteFiles(&status)
        let buffered = batcher.openBytes + ledger.pendingBytes + (spool?.heldBytes ?? 0)
        status.isStarted = !isFirstScan
        status.isDraining = drainUntilNanos != nil
        status.pendingLines = pendingLines
        status.unackedBytes = shared.exposure.bytes + (spool?.unsavedBytes ?? 0)
        status.bufferedBytes = buffered
        status.checkpointSequence = store.sequence
        status.checkpointFailure = checkpointFailure
        status.checkpointAgeNanos = isDirty || checkpointFailure != nil ? now - lastCheckpointNanos : 0
        status.lagBytes += Int64(buffered)
        status.spool = spoolStatus
        board.publish(
            output.name,
            PipelineNumbers(
                lagBytes: Double(status.lagBytes),
                lagSeconds: Double(ledger.oldestAgeNanos(nowWallNanos: wallNanos())) / 1e9,
                bufferedBytes: Double(buffered), unackedBytes: Double(status.unackedBytes),
                tenantsBehind: Double(status.tenantsBehind),
                checkpointAgeSeconds: Double(status.checkpointAgeNanos) / 1e9, openFiles: Double(pool.open.count),
                spoolBytes: Double(spool?.store.diskBytes ?? 0),
                files: Double(files.count)))
        shared.status.withLock { $0 = status }
    }

    /// Whether what the status tells changes with the time.
    private var isBusy: Bool {
        isDirty || hasRead || !isSettled || !batcher.open.isEmpty || !turns.isEmpty || drainUntilNanos != nil
            || checkpointFailure != nil || !hanging.isEmpty || spool?.tenants.isEmpty == false
    }

    /// The files and tenants with the most left to do, and the sums over all of them.
    private func noteFiles(_ status: inout ReaderStatus) {
        var shown = TopList<FileStatus>(limit: ReaderStatus.shownFiles)
        var behind: [TenantID: Int64] = [:]
        for file in files.values {
            let front = file.front
            var resume = front
            var count = 0
            if !file.lag.isEmpty {
                let pending = file.lag.pending()
                resume = min(front, pending.values.min() ?? front)
                count = pending.count
                for (tenant, offset) in pending { behind[tenant, default: 0] += max(0, front - offset) }
            }
            let lag = FileStatus.lagBytes(size: file.size, front: front, resumeOffset: resume)
            status.lagBytes += lag
            shown.offer(
                lag,
                FileStatus(
                    path: file.path, size: file.size, front: front, resumeOffset: resume, tenantsBehind: count))
        }
        status.fileCount = files.count
        status.files = shown.sorted.sorted { ($1.lagBytes, $0.path) < ($0.lagBytes, $1.path) }
        status.tenantsBehind = behind.count
        var tenants = TopList<(TenantID, Int64, Int, Int64)>(limit: ReaderStatus.shownTenants)
        for number in 0..<self.tenants.count {
            let id = TenantID(number)
            let unacked = batcher.unackedBytes(id)
            let lag = behind[id] ?? 0
            let spooled = spool?.diskBytes(id) ?? 0
            guard lag > 0 || unacked > 0 || spooled > 0 else { continue }
            tenants.offer(lag + Int64(unacked) + spooled, (id, lag, unacked, spooled))
        }
        status.tenants = tenants.sorted.map { id, lag, unacked, spooled in
            TenantLag(
                id: id, name: self.tenants.name(id), lagBytes: lag, unackedBytes: unacked, spoolBytes: spooled)
        }
    }

    private var spoolStatus: SpoolStatus {
        var status = SpoolStatus()
        guard let spool else { return status }
        status.bytes = spool.store.diskBytes
        status.limitBytes = spool.store.limits.maxBytes
        status.lines = spool.storedLines
        status.tenants = spool.store.spools.count
        status.failure = spool.failure
        let oldest = spool.tenants.values.lazy.compactMap(\.oldestWallNanos).min()
        status.oldestNanos = oldest.map { max(0, wallNanos() - $0) } ?? 0
        return status
    }
}
