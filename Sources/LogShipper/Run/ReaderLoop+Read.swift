import GatewayMetrics
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension ReaderLoop {
    /// How much one file may be read before it is the next one's turn.
    private static let quantumBytes = 1 << 20

    /// Gives every file with unread bytes a turn; returns whether anything was read.
    func readTurns(_ now: Int64) -> Bool {
        var didRead = false
        for file in Array(files.values) {
            if !file.lag.isEmpty, readPass(file, now) { didRead = true }
            if file.mayHaveMore, !file.isFinished, files[file.serial] != nil, readFront(file, now) { didRead = true }
        }
        return didRead
    }

    /// What may still be taken before something has to be settled.
    var budget: Int {
        let unsettled = batcher.openBytes + ledger.pendingBytes
        // When progress cannot be written, shipping goes on: more duplicates after a kill are better than standing still.
        let settled = checkpointFailure == nil ? settledSinceCheckpoint : 0
        return windowBytes - unsettled - settled
    }

    private func readFront(_ file: TailedFile, _ now: Int64) -> Bool {
        var done = 0
        while done < ReaderLoop.quantumBytes {
            guard let before = readAndVerify(file) else { return true }
            let fresh = before.count - file.tail.count
            guard fresh > 0 else {
                file.mayHaveMore = false
                break
            }
            let consumed = route(file, before, at: file.front, isPass: false, isFinal: false, now)
            guard consumed > 0 else {
                if budget > 0, before.count == buffer.memory.count, buffer.grow() { continue }
                file.mayHaveMore = budget <= 0
                break
            }
            file.advance(
                by: consumed, window: UnsafeRawBufferPointer(rebasing: before.prefix(file.tail.count + consumed)))
            file.size = max(file.size, file.front)
            done += consumed
            relievePressure(now)
        }
        if done > 0 {
            table.grew(file.serial, nowNanos: now)
            isDirty = true
        }
        return done > 0
    }

    /// Reads at the front, with the bytes before it; nil where the file is not what it was, and starts anew.
    private func readAndVerify(_ file: TailedFile) -> UnsafeRawBufferPointer? {
        let before = file.tail.count
        do throws(SystemError) {
            let got = try FileShell.read(file.descriptor, into: buffer.memory, at: file.front - Int64(before))
            guard got >= before, file.tail.elementsEqual(buffer.memory.prefix(before)) else {
                restart(file)
                return nil
            }
            return UnsafeRawBufferPointer(rebasing: buffer.memory[0..<got])
        } catch {
            metrics.fileEvents.bind(["read_failed"]).increment()
            logger.debug("a file could not be read", metadata: ["path": "\(file.path)", "error": "\(error)"])
            return UnsafeRawBufferPointer(rebasing: buffer.memory[0..<before])
        }
    }

    private func route(
        _ file: TailedFile, _ bytes: UnsafeRawBufferPointer, at offset: Int64, isPass: Bool, isFinal: Bool,
        _ now: Int64
    ) -> Int {
        var budget = self.budget
        let skipped = isPass ? 0 : file.tail.count
        let block = LineRouter.Block(
            bytes: UnsafeRawBufferPointer(rebasing: bytes[skipped...]), offset: offset, isFinal: isFinal,
            isPass: isPass, nowNanos: now)
        let consumed = routers[file.input].route(block, of: file, budget: &budget)
        flushClosed()
        countOddities(routers[file.input])
        return consumed
    }

    /// Takes lines behind the front for tenants that can take them again.
    private func readPass(_ file: TailedFile, _ now: Int64) -> Bool {
        guard file.lag.beginPass(where: isReadyAgain) else { return false }
        // The front's bytes vouch for everything before them.
        guard readAndVerify(file) != nil else { return true }
        let before = file.lag.pending()
        var done = 0
        while done < ReaderLoop.quantumBytes, let pass = file.lag.pass, budget > 0 {
            let room = Int(min(Int64(buffer.memory.count), file.front - pass.position))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[0..<room])
            guard let got = try? FileShell.read(file.descriptor, into: target, at: pass.position) else {
                // Whoever is behind stays behind: the region may be readable later.
                metrics.fileEvents.bind(["read_failed"]).increment()
                break
            }
            if got == 0, room > 0 {
                // Truncated since the front's bytes were compared.
                restart(file)
                return true
            }
            let isEnd = pass.position + Int64(got) >= file.front
            let bytes = UnsafeRawBufferPointer(rebasing: buffer.memory[0..<got])
            let consumed = got == 0 ? 0 : route(file, bytes, at: pass.position, isPass: true, isFinal: isEnd, now)
            if consumed == 0, got > 0 {
                if budget > 0, got == buffer.memory.count, buffer.grow() { continue }
                break
            }
            done += consumed
            file.lag.advancePass(to: pass.position + Int64(consumed), front: file.front)
            if file.lag.pass == nil { file.isPassInsideLongLine = false }
            relievePressure(now)
        }
        if done > 0 { isDirty = true }
        // A pass that all left where they had joined is no progress; the next acknowledgement makes room.
        return done > 0 && (file.lag.pass != nil || file.lag.pending() != before)
    }

    private func isReadyAgain(_ tenant: TenantID) -> Bool {
        !batcher.isFailing(tenant) && batcher.unackedBytes(tenant) <= windowBytes / 4
    }

    /// The file will not grow any more: what stands after its last line feed is a line.
    ///
    /// - Returns: whether all of it was taken; a full window may leave some for later.
    func flushTail(_ file: TailedFile, _ now: Int64) -> Bool {
        while let bytes = readAndVerify(file) {
            let fresh = bytes.count - file.tail.count
            guard fresh > 0 else { return true }
            let consumed = route(
                file, bytes, at: file.front, isPass: false, isFinal: bytes.count < buffer.memory.count, now)
            guard consumed > 0 else {
                if budget > 0, bytes.count == buffer.memory.count, buffer.grow() { continue }
                return false
            }
            file.advance(
                by: consumed, window: UnsafeRawBufferPointer(rebasing: bytes.prefix(file.tail.count + consumed)))
            isDirty = true
            relievePressure(now)
        }
        return true
    }

    /// Keeps the window moving: half of it for open batches, a quarter for what waits at the outputs, a quarter for what
    /// is settled but not yet noted on the disk.
    func relievePressure(_ now: Int64) {
        let window = windowBytes
        while batcher.openBytes > window / 2, ledger.pendingBytes < window / 4,
            let tenant = batcher.mostWorthClosing(nowNanos: now)
        {
            router(of: tenant).close(tenant)
            flushClosed()
        }
        if settledSinceCheckpoint > window / 4, checkpointFailure == nil { checkpoint() }
    }

    private func countOddities(_ router: LineRouter) {
        let counters = router.counters
        router.counters = RouteCounters()
        metrics.readBytes.increment(by: UInt64(counters.readBytes))
        guard counters.hasOddities else { return }
        for (kind, count) in counters.oddities where count > 0 {
            metrics.oddLines.bind([kind]).increment(by: UInt64(count))
        }
        guard counters.longLines > 0 else { return }
        // Dropped by policy: read and dropped in the same breath, so that the books balance.
        countRead(counters.longLines, tenant: TenantTable.defaultID, name: configuration.defaultTenant)
        countDropped(counters.longLines, "too_long")
    }
}
