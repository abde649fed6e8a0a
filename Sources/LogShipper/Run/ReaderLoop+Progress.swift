import GatewayMetrics
import Locking
import Logging

extension ReaderLoop {
    /// Brings the books up to date with what the sender reports.
    func takeEvents() {
        let events = shared.events.takeAll()
        guard !events.isEmpty else { return }
        isStatusStale = true
        for event in events {
            switch event {
            case .settled(let settlement): settle(settlement)
            case .failing(let tenant, let isFailing): noteFailing(tenant, isFailing)
            case .destination(let isDown, let tenants):
                downSinceNanos = isDown ? outside.monotonicNanos() : nil
                for tenant in tenants { noteFailing(tenant, isDown) }
            case .givenBack(let tenant, let batches): takeBack(tenant, batches)
            }
        }
        updatePendingGauges()
    }

    private func settle(_ settlement: Settlement) {
        guard let freed = ledger.settle(settlement) else {
            logger.error("a settlement does not fit", metadata: ["settlement": "\(settlement)"])
            return
        }
        batcher.slots[Int(freed.tenant)].unackedBytes -= freed.bytes
        settledSinceCheckpoint += freed.bytes
        isDirty = true
        let count = settlement.lines.count
        switch settlement.fate {
        case .acknowledged: counts.countAcked(count, tenant: freed.tenant, name: tenants.name(freed.tenant))
        case .partlyAcknowledged(let dropped):
            counts.countAcked(count - dropped, tenant: freed.tenant, name: tenants.name(freed.tenant))
            countDropped(dropped, "partial_success")
        case .deadLettered: metrics.deadLetters.bind([output.name]).increment(by: UInt64(count))
        }
    }

    /// When progress is written next; nil where there is none. A checkpoint that costs more than a five-thousandth of its
    /// interval comes later, up to ten times: where little happens the disk's part of it is most of the work. What a kill
    /// repeats stays bounded by `max_unacked_bytes`, which asks for one early.
    var checkpointDueNanos: Int64? {
        guard isDirty || hasRead else { return nil }
        let interval = configuration.checkpointNanos
        let cost = max(interval, 5000 * checkpointCostNanos)
        let isUrgent = isDirty || checkpointFailure != nil
        return lastCheckpointNanos + (isUrgent ? min(10 * interval, cost) : 10 * interval)
    }

    func checkpointIfDue(_ now: Int64) {
        guard let due = checkpointDueNanos, now >= due || isExposed else { return }
        checkpoint()
    }

    /// Whether so much was settled that the sender would soon have to wait for a checkpoint: half of what requests that
    /// are open leave.
    var isExposed: Bool {
        let exposure = shared.exposure
        let room = exposure.limitBytes - max(0, exposure.bytes - settledSinceCheckpoint)
        return settledSinceCheckpoint > max(exposure.limitBytes / 16, room / 2) && checkpointFailure == nil
    }

    /// Writes down what is settled. Whatever is not stays behind as its tenant's offset.
    func checkpoint() {
        lastCheckpointNanos = outside.monotonicNanos()
        guard isDirty || hasRead else { return }
        let begin = outside.threadCPUNanos()
        defer { checkpointCostNanos = outside.threadCPUNanos() - begin }
        syncSpool()
        do throws(SystemError) {
            try store.save(snapshot())
            shared.exposure.noteDurable(settledSinceCheckpoint)
            settledSinceCheckpoint = 0
            spool?.unsavedBytes = 0
            isDirty = false
            hasRead = false
            checkpointFailure = nil
            shared.exposure.lift(false)
            nudge()
            spool?.store.checkpointed()
            spool?.forgetDone()
            removeReturnedLetters()
        } catch {
            if checkpointFailure == nil {
                logger.error("progress cannot be written", metadata: ["error": "\(error)"])
            }
            checkpointFailure = error.description
            shared.exposure.lift(true)
            nudge()
            metrics.checkpointFailures.increment()
        }
    }

    private func snapshot() -> Checkpoint {
        followOriginals()
        let owed = owedOffsets()
        let seconds = wallNanos() / 1_000_000_000
        var checkpoint = Checkpoint(routing: configuration.routingHash)
        checkpoint.spools = spool?.store.heads() ?? [:]
        for file in files.values.sorted(by: { $0.serial < $1.serial }) {
            growFingerprint(file)
            checkpoint.files.append(
                file.remembered(lag: owed[file.serial].map(named) ?? [:], lastSeenSeconds: seconds))
        }
        forgetGone(seconds)
        for var file in unclaimed.all {
            if let past = file.gone?.serial { file.pending.merge(named(owed[past] ?? [:]), uniquingKeysWith: min) }
            checkpoint.files.append(file)
        }
        return checkpoint
    }

    /// From where each file would have to be read again for each tenant that is not done: the lag maps, the open batches
    /// and the closed ones that are not settled. A file that is gone, or a generation of it, is among them as long as
    /// batches hold its lines; a copy owes what its original owed when the copy was found and still does.
    func owedOffsets() -> [FileSerial: [TenantID: Int64]] {
        var owed: [FileSerial: [TenantID: Int64]] = [:]
        func note(_ file: FileSerial, _ tenant: TenantID, _ offset: Int64) {
            owed[file, default: [:]][tenant] = min(owed[file]?[tenant] ?? offset, offset)
        }
        ledger.forEachPending(note)
        batcher.forEachOpenSource(note)
        spool?.forEachHeld { batch in batch.forEachSource(from: 0) { note($0, batch.tenant, $1) } }
        let inBatches = owed
        for file in files.values {
            for (tenant, offset) in file.lag.pending() { note(file.serial, tenant, offset) }
            for original in file.originals {
                for (tenant, offset) in inBatches[original.serial] ?? [:] where offset < original.end {
                    note(file.serial, tenant, offset)
                }
            }
        }
        return owed
    }

    /// Offsets by the tenants' names, which more than one number may have.
    func named(_ offsets: [TenantID: Int64]) -> [String: Int64] {
        Dictionary(offsets.map { (tenants.name($0.key), $0.value) }, uniquingKeysWith: min)
    }

    func growFingerprint(_ file: TailedFile) {
        guard file.fingerprint.count < Fingerprint.maxBytes, file.front > Int64(file.fingerprint.count),
            let head = file.source.bytes(at: 0, count: Fingerprint.maxBytes),
            file.fingerprint.matches(head: head)
        else { return }
        file.fingerprint = Fingerprint(head: head)
    }

    /// Takes over what the last run left. Under other routing rules every file is read again from its lowest offset.
    func load(_ checkpoint: Checkpoint) {
        hasCheckpoint = true
        var remembered = checkpoint.files
        let isRouted = checkpoint.routing == configuration.routingHash
        for index in remembered.indices where !remembered[index].pending.isEmpty {
            // Who was in the overflow may get a number of its own this time.
            if isRouted, remembered[index].pending[TenantTable.overflowName] == nil { continue }
            logger.warning(
                "the tenants' offsets mean nothing any more; lines may be sent again",
                metadata: ["path": "\(remembered[index].path)"])
            remembered[index].unreadBytes = remembered[index].owedBytes
            remembered[index].front = remembered[index].resumeOffset
            remembered[index].marker = .empty
            remembered[index].isInsideLongLine = false
            remembered[index].pending = [:]
        }
        let seconds = wallNanos() / 1_000_000_000
        for index in remembered.indices { giveTimeToReturn(&remembered[index], seconds) }
        unclaimed = KnownFiles(remembered)
    }
}
