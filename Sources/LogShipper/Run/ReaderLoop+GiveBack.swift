import GatewayMetrics

/// What tenants hold whose requests fail or hang must not keep the window from the others.
extension ReaderLoop {
    /// While the window is short, takes from tenants that fail or hang what is queued behind their first request: the
    /// lines stand in their files and are read again once the tenant works.
    func makeRoom(_ now: Int64) {
        guard !failing.isEmpty, now >= nextRoomNanos, budget < configuration.windowBytes / 4 else { return }
        nextRoomNanos = now + 50_000_000
        // Lines in an open batch would come before older ones that are read again.
        for tenant in failing { router(of: tenant).close(tenant) }
        flushClosed()
        let batches = ledger.untouched(of: failing).filter(isReadable)
        for (tenant, batches) in Dictionary(grouping: batches, by: \.tenant) {
            let slot = batcher.slots + Int(tenant)
            let isOnlyFirst = batches.count == 1 && slot.pointee.unackedBytes == batches[0].bytes.count
            guard !isOnlyFirst, !slot.pointee.isGivingBack else { continue }
            slot.pointee.isGivingBack = true
            // Nothing is taken for the tenant until the answer, or it would come before what is given back.
            noteFailing(tenant, true)
            giveBack(tenant, Set(batches.map(\.id)))
        }
    }

    /// One more or one less reason not to take a tenant's lines.
    func noteFailing(_ tenant: TenantID, _ isFailing: Bool) {
        batcher.reserve(tenant)
        batcher.slots[Int(tenant)].failingOutputs += isFailing ? 1 : -1
        if batcher.isFailing(tenant) { failing.insert(tenant) } else { failing.remove(tenant) }
    }

    /// Whether all lines of a batch can be read again from their files and from nowhere else.
    private func isReadable(_ batch: Batch) -> Bool {
        var isReadable = true
        batch.forEachSource(from: 0) { serial, offset in
            guard files[serial] != nil else {
                isReadable = false
                return
            }
            // The copy owes these lines too, as long as they are in batches.
            for file in files.values {
                for original in file.originals where original.serial == serial && offset < original.end {
                    isReadable = false
                }
            }
        }
        return isReadable
    }

    /// The sender has dropped these batches: their tenant is behind from their first lines.
    func takeBack(_ tenant: TenantID, _ batches: Set<UInt64>) {
        batcher.slots[Int(tenant)].isGivingBack = false
        noteFailing(tenant, false)
        var sentAgain: [Batch] = []
        for batch in ledger.untouched(of: [tenant]).filter({ batches.contains($0.id) }) {
            // A file may have been truncated or copied since the question.
            guard isReadable(batch), ledger.giveBack(batch.id) != nil else {
                sentAgain.append(batch)
                continue
            }
            batcher.slots[Int(tenant)].unackedBytes -= batch.bytes.count
            for line in batch.lines {
                guard let file = files[line.file] else { continue }
                file.lag.giveBack(tenant, at: line.fileOffset)
                file.givenBack[tenant, default: 0] += 1
            }
            givenBackLines += batch.lineCount
            isDirty = true
        }
        for batch in sentAgain.sorted(by: { $0.id < $1.id }) { submit(batch) }
    }

    /// How many lines of a batch were not counted before they were given back.
    func newLines(_ batch: Batch) -> Int {
        guard givenBackLines > 0 else { return batch.lineCount }
        var known = 0
        for line in batch.lines {
            guard let file = files[line.file], let count = file.givenBack[batch.tenant] else { continue }
            file.givenBack[batch.tenant] = count > 1 ? count - 1 : nil
            known += 1
        }
        givenBackLines -= known
        return batch.lineCount - known
    }

    /// A file was truncated: what was given back to it is read from its copy, or gone.
    func forgetGivenBack(_ file: TailedFile) {
        guard !file.givenBack.isEmpty else { return }
        if let copy = files.values.first(where: { $0.originals.contains { $0.serial == file.serial } }) {
            copy.givenBack.merge(file.givenBack, uniquingKeysWith: +)
        } else {
            let lines = file.givenBack.values.reduce(0, +)
            givenBackLines -= lines
            for output in configuration.outputs {
                metrics.droppedLines.bind([output.name, "truncated"]).increment(by: UInt64(lines))
            }
        }
        file.givenBack = [:]
    }
}
