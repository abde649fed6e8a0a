import GatewayMetrics

/// What tenants hold whose requests fail or hang must not keep the window from the others.
extension ReaderLoop {
    /// While the window is short, takes from tenants that fail or hang what is queued behind their first request: the
    /// lines stand in their files and are read again once the tenant works.
    func makeRoom(_ now: Int64) {
        guard !failing.isEmpty, now >= nextRoomNanos, budget < windowBytes / 4 else { return }
        nextRoomNanos = now + 50_000_000
        // Lines in an open batch would come before older ones that are read again.
        for tenant in failing { router(of: tenant).close(tenant) }
        flushClosed()
        var readable = ReadableOffsets()
        for (tenant, untouched) in Dictionary(grouping: ledger.untouched(of: failing), by: \.tenant) {
            let slot = batcher.slots + Int(tenant)
            let isOnlyFirst = untouched.count == 1 && slot.pointee.unackedBytes == untouched[0].byteCount
            guard !isOnlyFirst, !slot.pointee.isGivingBack else { continue }
            let batches = splitAtLastUnreadable(untouched, &readable).readable
            guard !batches.isEmpty else { continue }
            slot.pointee.isGivingBack = true
            // Nothing is taken for the tenant until the answer, or it would come before what is given back.
            noteObstacle(tenant, 1)
            giveBack(tenant, Set(batches.map(\.id)))
        }
    }

    /// A tenant's requests began to fail or hang, or work again. Where it has a spool its lines are taken all the same.
    func noteFailing(_ tenant: TenantID, _ isFailing: Bool) {
        if isFailing { stalled.insert(tenant) } else { stalled.remove(tenant) }
        if spool?.isSpooling(tenant) != true { noteObstacle(tenant, isFailing ? 1 : -1) }
    }

    /// One more or one less reason not to take a tenant's lines.
    func noteObstacle(_ tenant: TenantID, _ change: Int) {
        batcher.reserve(tenant)
        batcher.slots[Int(tenant)].obstacles += Int32(truncatingIfNeeded: change)
        if batcher.isFailing(tenant) { failing.insert(tenant) } else { failing.remove(tenant) }
    }

    /// From which offset the lines of each file can be read again; `max` where they cannot.
    private typealias ReadableOffsets = [FileSerial: Int64]

    /// A tenant's batches in order, cut behind the last one of which a line cannot be read again from its file: only a
    /// tail may go back, or lines would come twice and out of order.
    private func splitAtLastUnreadable(
        _ batches: [Batch], _ readable: inout ReadableOffsets
    ) -> (others: ArraySlice<Batch>, readable: ArraySlice<Batch>) {
        var start = batches.count
        while start > 0, isReadable(batches[start - 1], &readable) { start -= 1 }
        return (batches[..<start], batches[start...])
    }

    func splitAtLastUnreadable(_ batches: [Batch]) -> (others: ArraySlice<Batch>, readable: ArraySlice<Batch>) {
        var readable = ReadableOffsets()
        return splitAtLastUnreadable(batches, &readable)
    }

    private func isReadable(_ batch: Batch, _ readable: inout ReadableOffsets) -> Bool {
        if spool?.isSent(batch.tenant, batch.id) == true { return true }
        var isReadable = true
        batch.forEachSource(from: 0) { serial, offset in
            guard isReadable else { return }
            let from = readable[serial] ?? readableOffset(serial)
            readable[serial] = from
            isReadable = offset >= from
        }
        return isReadable
    }

    /// A file without a name is gone after a restart, so what is in batches of it is better kept. A copy owes what its
    /// original has in batches, too.
    private func readableOffset(_ serial: FileSerial) -> Int64 {
        guard let file = files[serial], !file.isFinished, file.source.hasName else { return .max }
        var end: Int64 = 0
        for copy in files.values {
            for original in copy.originals where original.serial == serial { end = max(end, original.end) }
        }
        return end
    }

    /// The sender has dropped these batches: their tenant is behind from their first lines.
    func takeBack(_ tenant: TenantID, _ batches: Set<UInt64>) {
        batcher.slots[Int(tenant)].isGivingBack = false
        noteObstacle(tenant, -1)
        let batches = takeBackSpooled(tenant, batches)
        // A file may have been truncated or copied since the question.
        let dropped = ledger.untouched(of: [tenant]).filter { batches.contains($0.id) }
        let parts = splitAtLastUnreadable(dropped)
        for batch in parts.readable where ledger.giveBack(batch.id) != nil { returnToFiles(batch) }
        for batch in parts.others where !spoolInstead(batch) { submit(batch) }
    }

    /// A batch's tenant is behind from its lines on: they are read again from their files.
    func returnToFiles(_ batch: Batch) {
        batcher.slots[Int(batch.tenant)].unackedBytes -= batch.byteCount
        noteReread(batch)
        for line in batch.lines {
            guard let file = files[line.file] else { continue }
            file.lag.giveBack(batch.tenant, at: line.fileOffset)
            file.givenBack[batch.tenant, default: 0] += 1
            turns.insert(file)
        }
        givenBackLines += batch.lineCount
        isDirty = true
    }

    /// A batch that has to come behind what is spooled goes there itself.
    private func spoolInstead(_ batch: Batch) -> Bool {
        guard let tenant = spool?.tenants[batch.tenant], tenant.isSpooling, ledger.giveBack(batch.id) != nil else {
            return false
        }
        spool?.heldBytes += batch.byteCount
        tenant.waiting.append(batch)
        return true
    }

    /// How many lines of a batch were not counted before they were given back.
    func newLines(_ batch: Batch) -> Int {
        let carried = takeCarried(batch)
        guard givenBackLines > 0 else { return batch.lineCount - carried }
        var known = 0
        for line in batch.lines {
            guard let file = files[line.file], let count = file.givenBack[batch.tenant] else { continue }
            file.givenBack[batch.tenant] = count > 1 ? count - 1 : nil
            known += 1
        }
        givenBackLines -= known
        return max(0, batch.lineCount - known - carried)
    }

    private func takeCarried(_ batch: Batch) -> Int { takeCarried(batch.lineCount, of: batch.tenantName) }

    func takeCarried(_ lines: Int, of name: String) -> Int {
        guard !carried.isEmpty, let left = carried[name] else { return 0 }
        let taken = min(left, lines)
        carried[name] = left > taken ? left - taken : nil
        return taken
    }

    /// What is counted as read and not settled, by tenant.
    func unsettledLines() -> [String: Int] {
        var lines = carried
        ledger.forEachUnsettled { lines[tenants.name($0), default: 0] += $1 }
        for file in [files, truncated].joined().map(\.value) {
            for (tenant, count) in file.givenBack { lines[tenants.name(tenant), default: 0] += count }
        }
        for tenant in spool?.tenants.values.map(\.self) ?? [] {
            lines[tenant.name, default: 0] += tenant.heldLines + (spool?.storedLines(tenant) ?? 0)
        }
        return lines
    }

    /// A file was truncated: what was given back to it is read from its copy, or gone.
    func forgetGivenBack(_ file: TailedFile) {
        guard !file.givenBack.isEmpty else { return }
        let copy = files.values.first { $0.originals.contains { $0.serial == file.serial } }
        for (tenant, lines) in file.givenBack {
            guard let copy, copy.lag.contains(tenant) else { continue }
            copy.givenBack[tenant, default: 0] += lines
            if let reread = file.reread[tenant] { copy.reread[tenant, default: RereadLines()].merge(reread) }
            file.givenBack[tenant] = nil
        }
        dropGivenBack(file)
    }

    /// What was given back to a file and is not read again is dropped and counted.
    func dropGivenBack(_ file: TailedFile) {
        let lines = file.givenBack.values.reduce(0, +)
        file.givenBack = [:]
        file.reread = [:]
        guard lines > 0 else { return }
        givenBackLines -= lines
        countDropped(lines, "truncated")
    }
}
