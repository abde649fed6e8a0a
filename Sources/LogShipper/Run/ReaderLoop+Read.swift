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

    /// A file that could not be read so many times holds up the next one of its log no longer.
    private static let longestWaitFailures = 4
    private static let longestRetryNanos: Int64 = 60_000_000_000

    /// Gives every file with unread bytes a turn; returns whether anything was read.
    func readTurns(_ now: Int64) -> Bool {
        saveNewKeys()
        // With everybody left out the fronts would run to the end of a backlog that has to be read again later.
        // Once tenants are spooled for it, all of them have to be read.
        if let since = downSinceNanos, spool.map({ !$0.isSpooling && now - since < $0.afterNanos }) ?? true {
            return false
        }
        var didRead = false
        let turn = turns.takeAll()
        // Catching up leaves room for fresh lines, or they would wait until all have caught up.
        passReserve = turn.contains { $0.mayHaveMore && !$0.isFinished && !isShadow($0) } ? windowBytes / 8 : 0
        for file in turn where files[file.serial] === file && !isShadow(file) {
            guard now >= file.retryNanos, mayGo(to: file, now) else {
                turns.insert(file)
                continue
            }
            var didReadFile = false
            if isGzipsTurn(file) {
                if !file.lag.isEmpty, readPass(file, now) { didReadFile = true }
                if file.mayHaveMore, !file.isFinished, files[file.serial] != nil {
                    let before = predecessor(of: file, now)
                    if let before, before.mayHaveMore {
                        let isReadHere =
                            before.predecessor == nil && before.source.guardian == nil && now >= before.retryNanos
                        if isReadHere, isGzipsTurn(before), readFront(before, now) { didRead = true }
                    }
                    if before?.mayHaveMore != true, readFront(file, now) { didReadFile = true }
                }
            }
            if didReadFile {
                didRead = true
            } else if activeGzip == file.serial, budget > 0 {
                // It waits for another, which may be a compressed one.
                activeGzip = nil
            }
            guard files[file.serial] === file else { continue }
            if now >= file.retryNanos { file.readFailures = 0 }
            if file.mayHaveMore || !file.lag.isEmpty {
                turns.insert(file)
            } else if file.source.isGzip {
                endGzip(file, now)
            }
        }
        return didRead
    }

    /// The older file of the same log that comes first, if any: it is read to its end before each turn of this one, until
    /// it has been quiet for the grace period.
    private func predecessor(of file: TailedFile, _ now: Int64) -> TailedFile? {
        guard let serial = file.predecessor else { return nil }
        // A copy is not read while its original is.
        let original = files[serial]?.shadowOf.flatMap { files[$0] }
        guard let before = original ?? files[serial], before !== file, !before.isFinished,
            before.readFailures < ReaderLoop.longestWaitFailures,
            before.mayHaveMore || !table.isQuiet(before.serial, nowNanos: now)
        else {
            file.predecessor = nil
            return nil
        }
        if !before.mayHaveMore, !before.source.isGzip, hasContent(before, behind: before.seenEnd) == true {
            wantsTurn(before)
        }
        return before
    }

    /// Compressed files are read one at a time: each needs memory, and each is history.
    private func isGzipsTurn(_ file: TailedFile) -> Bool {
        guard file.source.isGzip else { return true }
        if let active = activeGzip, active != file.serial, let other = files[active],
            other.mayHaveMore || !other.lag.isEmpty
        {
            return false
        }
        activeGzip = file.serial
        return true
    }

    /// What ends within a member may still be being written.
    private func endGzip(_ file: TailedFile, _ now: Int64) {
        switch file.source.gzipEnd {
        case .open: break
        case .complete: _ = flushTail(file, now)
        case .corrupt: giveUpGzip(file, "gzip_corrupt", now)
        case .cut: cutGzips.insert(file.serial)
        }
        file.source.rest()
        activeGzip = nil
    }

    /// Compressed files that have ended within a member for the grace period.
    func endCutGzips(_ now: Int64) {
        for serial in cutGzips where table.isQuiet(serial, nowNanos: now) {
            cutGzips.remove(serial)
            guard let file = files[serial], !file.mayHaveMore else { continue }
            giveUpGzip(file, "gzip_cut", now)
            file.source.rest()
        }
    }

    private func giveUpGzip(_ file: TailedFile, _ event: String, _ now: Int64) {
        metrics.fileEvents.bind([event]).increment()
        logger.warning(
            "a compressed file is damaged or cut; what could be read was taken",
            metadata: ["path": "\(file.path)", "event": "\(event)", "decompressed_bytes": "\(file.front)"])
        _ = flushTail(file, now)
    }

    /// What may still be taken into memory before something has to be settled.
    var budget: Int { windowBytes - batcher.pool.usedBytes }

    /// Whether reading is worth its cost: with less room than a block has, most of a block would be read again later.
    private func hasRoom(beyond reserve: Int = 0) -> Bool {
        budget - reserve >= min(windowBytes / 16, BlockBuffer.usualBytes)
    }

    private func readFront(_ file: TailedFile, _ now: Int64) -> Bool {
        var done = 0
        // Of a remote file only one block was fetched.
        while done < (file.source.guardian == nil ? ReaderLoop.quantumBytes : 1) {
            guard hasRoom() else { break }
            guard let before = readAndVerify(file, now) else { return true }
            let fresh = before.count - file.tail.count
            file.seenEnd = file.front + Int64(fresh)
            guard fresh > 0 else {
                file.source.mayHaveMore = now < file.retryNanos
                break
            }
            let consumed = route(file, before, at: file.front, isPass: false, isFinal: false, now)
            guard consumed > 0 else {
                if routers[file.input].sawOnlyNULs {
                    if skipNULs(file) { continue }
                } else if budget > 0, before.count == buffer.memory.count, buffer.grow() {
                    continue
                }
                file.source.mayHaveMore = budget <= 0
                break
            }
            file.advance(
                by: consumed, window: UnsafeRawBufferPointer(rebasing: before.prefix(file.tail.count + consumed)))
            buffer.shrink()
            file.size = max(file.size, file.front)
            done += consumed
            relievePressure(now)
            if consumed == fresh, before.count < buffer.memory.count, !file.source.isGzip {
                // What comes after this is told by inotify or the next look.
                file.source.mayHaveMore = false
                break
            }
        }
        noteOpenRecord(file, now)
        if done > 0 {
            table.grew(file.serial, nowNanos: now)
            // While its first bytes can still be read: what they were tells the copy of a file that is truncated.
            growFingerprint(file)
            hasRead = true
        }
        return done > 0
    }

    /// Reads at the front, with the bytes before it; nil where the file is not what it was, and starts anew. Where it
    /// cannot be read, nothing comes behind the front and `retryNanos` says when it is tried again.
    func readAndVerify(_ file: TailedFile, _ now: Int64) -> UnsafeRawBufferPointer? {
        let before = file.tail.count
        do throws(SystemError) {
            let got = try file.source.read(into: buffer.memory, at: file.front - Int64(before))
            guard got >= before, file.tail.elementsEqual(buffer.memory.prefix(before)), isStillTheSame(file) else {
                restart(file)
                return nil
            }
            return UnsafeRawBufferPointer(rebasing: buffer.memory[0..<got])
        } catch {
            noteReadFailure(file, error, now)
            return UnsafeRawBufferPointer(rebasing: buffer.memory[0..<before])
        }
    }

    /// A file could not be read: that may pass though nothing about the file changes, so it is tried again, later and later.
    private func noteReadFailure(_ file: TailedFile, _ error: SystemError, _ now: Int64) {
        metrics.fileEvents.bind(["read_failed"]).increment()
        file.readFailures += 1
        file.retryNanos = now + min(ReaderLoop.longestRetryNanos, 1_000_000_000 << Int64(min(file.readFailures - 1, 6)))
        // A name that leads elsewhere by now is rotation, which the next look sorts out.
        let isMoved = error.code == ENOENT || error.code == ESTALE
        logger.log(
            level: file.readFailures == 1 && !isMoved ? .warning : .debug, "a file could not be read",
            metadata: ["path": "\(file.path)", "offset": "\(file.front)", "error": "\(error)"])
    }

    /// A file that was closed meanwhile may have got a successor with the same inode number, and one of which nothing was
    /// read yet has no bytes before its front to tell that it was overwritten.
    private func isStillTheSame(_ file: TailedFile) -> Bool {
        guard file.source.isUnverified || file.front == 0 && !file.source.isGzip else { return true }
        guard let head = file.source.bytes(at: 0, count: file.fingerprint.count) else { return true }
        file.source.isUnverified = false
        return file.fingerprint.matches(head: head)
    }

    /// From the front on there are NULs to the end of the block. Where something follows they are what copytruncate
    /// leaves for a writer without O_APPEND, and skipped; where nothing does they are room that a writer has set aside.
    private func skipNULs(_ file: TailedFile) -> Bool {
        guard file.size != file.emptySize else { return false }
        var offset = file.front
        while let got = try? file.source.read(into: buffer.memory, at: offset), got > 0 {
            guard let base = buffer.memory.baseAddress else { break }
            let index = LineRouter.skipNULs(base, 0, got)
            if index < got {
                let skipped = offset + Int64(index) - file.front
                metrics.oddLines.bind(["nul_bytes"]).increment(by: UInt64(skipped))
                metrics.readBytes.increment(by: UInt64(skipped))
                file.jump(to: offset + Int64(index))
                return true
            }
            offset = file.source.dataOffset(from: offset + Int64(got))
        }
        file.emptySize = file.size
        return false
    }

    func route(
        _ file: TailedFile, _ bytes: UnsafeRawBufferPointer, at offset: Int64, isPass: Bool, isFinal: Bool,
        endsRecord: Bool = false, _ now: Int64
    ) -> Int {
        var budget = self.budget - (isPass ? passReserve : 0)
        let skipped = isPass ? 0 : file.tail.count
        let block = LineRouter.Block(
            bytes: UnsafeRawBufferPointer(rebasing: bytes[skipped...]), offset: offset, isFinal: isFinal,
            endsRecord: endsRecord, isPass: isPass, nowNanos: now)
        let consumed = routers[file.input].route(block, of: file, budget: &budget)
        flushClosed()
        countOddities(routers[file.input])
        countTransformed()
        return consumed
    }

    /// Takes lines behind the front for tenants that can take them again.
    private func readPass(_ file: TailedFile, _ now: Int64) -> Bool {
        let position = file.lag.pass?.position
        guard file.lag.beginPass(goesBack: !file.source.isGzip, where: isReadyAgain) else { return false }
        // It went back to the beginning of a line.
        if file.lag.pass?.position != position { file.isPassInsideLongLine = false }
        // The front's bytes vouch for everything before them.
        guard readAndVerify(file, now) != nil else { return true }
        guard now >= file.retryNanos else { return false }
        let before = file.lag.pending()
        var done = 0
        while done < ReaderLoop.quantumBytes, let pass = file.lag.pass, hasRoom(beyond: passReserve) {
            let room = Int(max(0, min(Int64(buffer.memory.count), file.front - pass.position)))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[0..<room])
            let got: Int
            do throws(SystemError) {
                got = try file.source.read(into: target, at: pass.position)
            } catch {
                // Whoever is behind stays behind: the region may be readable later.
                noteReadFailure(file, error, now)
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
            buffer.shrink()
            if file.lag.pass == nil { file.isPassInsideLongLine = false }
            relievePressure(now)
        }
        if done > 0 { hasRead = true }
        // A pass that all left where they had joined is no progress; the next acknowledgement makes room.
        return done > 0 && (file.lag.pass != nil || file.lag.pending() != before)
    }

    private func isReadyAgain(_ tenant: TenantID) -> Bool {
        !batcher.isFailing(tenant) && batcher.unackedBytes(tenant) <= windowBytes / 4
    }

    /// The file will not grow any more: what stands after its last line feed is a line.
    ///
    /// - Returns: whether all of it was taken; a full window or an error may leave some for later.
    func flushTail(_ file: TailedFile, _ now: Int64) -> Bool {
        while let bytes = readAndVerify(file, now) {
            let fresh = bytes.count - file.tail.count
            guard fresh > 0 else { return now >= file.retryNanos }
            let consumed = route(
                file, bytes, at: file.front, isPass: false, isFinal: bytes.count < buffer.memory.count, now)
            guard consumed > 0 else {
                if budget > 0, bytes.count == buffer.memory.count, buffer.grow() { continue }
                return false
            }
            file.advance(
                by: consumed, window: UnsafeRawBufferPointer(rebasing: bytes.prefix(file.tail.count + consumed)))
            buffer.shrink()
            hasRead = true
            relievePressure(now)
        }
        return true
    }

    /// Keeps the window moving: most of it is for open batches, which makes large requests, and the output has as much to
    /// do as it takes to keep it busy.
    func relievePressure(_ now: Int64) {
        writeSpool(now)
        let window = windowBytes
        // What waits for tenants that fail keeps nobody busy.
        lazy var stuck = failing.reduce(0) { $0 + batcher.unackedBytes($1) }
        while batcher.openBytes > window / 4 * 3 || !hasRoom(), ledger.pendingBytes - stuck < window / 8,
            let tenant = batcher.mostWorthClosing(nowNanos: now)
        {
            router(of: tenant).close(tenant)
            flushClosed()
        }
        if isExposed { checkpoint() }
    }

    private func countOddities(_ router: LineRouter) {
        let counters = router.counters
        router.counters = RouteCounters()
        metrics.readBytes.increment(by: UInt64(counters.readBytes))
        guard counters.hasOddities else { return }
        for (kind, count) in counters.oddities where count > 0 {
            metrics.oddLines.bind([kind]).increment(by: UInt64(count))
        }
        guard counters.droppedLongLines > 0 else { return }
        // Dropped by policy: read and dropped in the same breath, so that the books balance.
        countRead(counters.droppedLongLines, tenant: TenantTable.defaultID, name: configuration.defaultTenant)
        countDropped(counters.droppedLongLines, "too_long")
    }
}
