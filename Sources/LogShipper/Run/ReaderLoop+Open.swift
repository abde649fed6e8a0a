import GatewayMetrics
import Logging

extension ReaderLoop {
    func open(_ sighting: Sighting, _ now: Int64) {
        guard !isTooOld(sighting) else { return table.openFailed(sighting) }
        let guardian = guardian(of: sighting)
        if let guardian, !guardian.mayGo(to: sighting.identity, nowNanos: now, .open(path: sighting.path)) {
            // The next look comes back to it.
            if sighting.isFoundByInode { found.append(sighting) }
            return table.openFailed(sighting)
        }
        do throws(SystemError) {
            let found = try pool.openFile(sighting.path)
            guard found.identity == sighting.identity else {
                // The name moved on since the look and may now be of a file that is read already.
                needsScan = true
                return table.openFailed(sighting)
            }
            guard let start = FileShell.bytes(found.descriptor, at: 0, count: 3) else {
                throw SystemError("pread", sighting.path)
            }
            // Whether it is compressed cannot be told before three bytes are there.
            guard start.count == 3 || !sighting.path.hasSuffix(".gz") else { return table.openFailed(sighting) }
            let isGzip = configuration.inputs[sighting.input].compression == .auto && GzipContent.isGzip(start)
            let source = FileSource(
                found.descriptor, identity: found.identity, path: sighting.path, isGzip: isGzip, pool: pool)
            source.guardian = guardian
            guard let file = try begin(sighting, source, found.size, now) else {
                if sighting.isFoundByInode { table.openFailed(sighting) }
                return source.close()
            }
            file.diskSize = found.size
            files[file.serial] = file
            liveFiles?.insert(live(file))
            file.predecessor = predecessor(of: file)
            opened.append((sighting.modifiedNanos, file))
            unopened.remove(sighting.path)
            setPath(
                file.path, of: file.serial, isTaken: sighting.isFoundByInode && serialOfPath[file.path] != nil)
            table.opened(file.serial, sighting, identity: found.identity, nowNanos: now)
            wantsTurn(file)
            isDirty = true
        } catch {
            table.openFailed(sighting)
            metrics.fileEvents.bind(["open_failed"]).increment()
            // Once a file; it is tried again at every look.
            let isNew = unopened.count < 1000 && unopened.insert(sighting.path).inserted
            logger.log(
                level: isNew ? .warning : .debug, "a file cannot be opened and is not read",
                metadata: ["path": "\(sighting.path)", "error": "\(error)"])
        }
    }

    /// Files that were not written for long are left alone when they are first seen; one that is known goes on.
    private func isTooOld(_ sighting: Sighting) -> Bool {
        guard let limit = configuration.inputs[sighting.input].ignoreOlderNanos else { return false }
        let (age, isOut) = wallNanos().subtractingReportingOverflow(sighting.modifiedNanos)
        return (isOut ? sighting.modifiedNanos < 0 : age > limit) && !unclaimed.contains(sighting.identity)
    }

    /// Decides where reading starts; nil where the file is the unfinished copy of another and looked at again later.
    private func begin(
        _ sighting: Sighting, _ source: FileSource, _ size: Int64, _ now: Int64
    ) throws(SystemError) -> TailedFile? {
        guard let head = source.bytes(at: 0, count: Fingerprint.maxBytes) else {
            source.close()
            throw SystemError("pread", sighting.path)
        }
        let resumption = Resumption(
            identity: source.identity, path: sighting.path, size: source.isGzip ? .max : size, head: head,
            liveHead: { [files] serial in files[serial]?.source.bytes(at: 0, count: head.count) }
        ) { offset, count in
            guard let bytes = source.bytes(at: offset - Int64(count), count: count), bytes.count == count else {
                return nil
            }
            return Marker(bytes)
        }
        var start = TailedFile.Start()
        let known = known(source.identity, sighting.path, head)
        let decision = resumption.decide(remembered: known)
        if sighting.isFoundByInode {
            guard case .resume(let file) = decision, isWorthReading(sighting, file), isRotation(sighting, of: file)
            else {
                absent.insert(sighting.identity)
                return nil
            }
            metrics.fileEvents.bind(["found_by_inode"]).increment()
            // It keeps the name that it had within the globs, by which the next start will know whose it is.
            source.rename(to: file.path)
        }
        switch decision {
        case .resume(let remembered):
            start = resume(remembered, source, size, input: sighting.input)
            if remembered.path != source.path { leftPath[remembered.path] = nextSerial }
        case .replaced:
            // What is remembered stays, because a copy of the old content may still turn up.
            metrics.fileEvents.bind(["replaced"]).increment()
        case .unfinishedCopy where table.postpone(sighting, nowNanos: now): return nil
        case .fresh, .unfinishedCopy:
            metrics.fileEvents.bind(["discovered"]).increment()
            if unlooked.contains(sighting.input), !hasCheckpoint, configuration.inputs[sighting.input].startAt == .end {
                start = atEnd(source, size)
            }
        }
        if start.key == 0 { start.key = makeKey() }
        return TailedFile(
            serial: takeSerial(), source: source, input: sighting.input, fingerprint: Fingerprint(head: head),
            start: start, size: source.isGzip ? start.front : size)
    }

    /// No glob names what was found by its inode, so more than an inode, which another file may have got, has to say that
    /// it is the file that was read: content that was compared, or a name that rotation gives.
    private func isRotation(_ sighting: Sighting, of file: RememberedFile) -> Bool {
        file.fingerprint.count > 0
            || RotationName.stem(sighting.path) == RotationName.stem(file.path)
    }

    /// Of what the search by inode found, most is history: read to its end and kept for people.
    private func isWorthReading(_ sighting: Sighting, _ file: RememberedFile) -> Bool {
        file.liveSerial == nil
            && (file.owedBytes > 0 || sighting.size != file.front
                || wallNanos() / 1_000_000_000 - 60 < sighting.modifiedNanos / 1_000_000_000)
    }

    private func resume(
        _ remembered: RememberedFile, _ source: FileSource, _ size: Int64, input: Int
    ) -> TailedFile.Start {
        metrics.fileEvents.bind(["resumed"]).increment()
        var start = TailedFile.Start(front: remembered.front, isInsideLongLine: remembered.isInsideLongLine)
        if remembered.liveSerial == nil { resynchronize(&start, source, size, configuration.inputs[input]) }
        // A copy and its original may go on with different lines at the same offsets.
        if remembered.identity == source.identity { start.key = remembered.key }
        if let live = remembered.liveSerial, let original = files[live] {
            start.lag = LagMap(original.lag.pending())
            start.originals = original.originals + [TailedFile.Original(serial: live, end: remembered.front)]
            if mayShadow(source, size, original) { start.shadowOf = live }
        } else {
            start.lag = LagMap(claim(remembered).filter { $0.value < start.front })
            if let old = remembered.gone?.serial.flatMap({ truncated.removeValue(forKey: $0) }) { inherit(old, &start) }
        }
        return start
    }

    private func atEnd(_ source: FileSource, _ size: Int64) -> TailedFile.Start {
        guard !source.isGzip else { return TailedFile.Start(front: source.skipToEnd()) }
        let isInside = size > 0 && source.bytes(at: size - 1, count: 1) != [0x0a]
        return TailedFile.Start(front: size, isInsideLongLine: isInside)
    }

    /// Takes what the checkpoint says of a file, once. Under other routing rules tenants' offsets mean nothing, so the
    /// whole file is read again from the lowest: `load` has folded that into the front already.
    private func claim(_ remembered: RememberedFile) -> [TenantID: Int64] {
        unclaimed.remove(remembered)
        var offsets: [TenantID: Int64] = [:]
        for (name, offset) in remembered.pending {
            let tenant = tenants.find(name) ?? TenantTable.defaultID
            batcher.reserve(tenant)
            offsets[tenant] = min(offsets[tenant] ?? offset, offset)
        }
        return offsets
    }

    /// What the checkpoint and this run know of files that this may be or may be a copy of.
    private func known(_ identity: FileIdentity, _ path: String, _ head: [UInt8]) -> [RememberedFile] {
        let live = liveFiles ?? KnownFiles(files.values.map(live))
        liveFiles = live
        // Fronts move on, so what the index knows of a live file is only where to look.
        let current = live.candidates(identity: identity, path: path, head: head).compactMap { candidate in
            candidate.liveSerial.flatMap { files[$0] }.map(self.live)
        }
        return unclaimed.candidates(identity: identity, path: path, head: head) + current
    }

    /// Copies of files that are being read are recognised. A copy takes over who is behind, since the original may be
    /// truncated next: rather twice than never. Lines in batches stay the original's business in this run, so that they
    /// are not sent twice; the copy only owes them in the checkpoint.
    private func live(_ file: TailedFile) -> RememberedFile {
        growFingerprint(file)
        var remembered = file.remembered(lag: named(file.lag.pending()), lastSeenSeconds: 0)
        remembered.liveSerial = file.serial
        return remembered
    }

    /// The file that had this one's name before.
    private func predecessor(of file: TailedFile) -> FileSerial? {
        if let left = leftPath.removeValue(forKey: file.path), left != file.serial { return left }
        return serialOfPath[file.path].flatMap { files[$0]?.serial }
    }

    /// Of the files that one look opened, those of one log are read one after the other, the oldest first.
    func linkFamilies() {
        var lastOfStem: [Substring: FileSerial] = [:]
        for (_, file) in opened.sorted(by: { ($0.0, $1.1.path) < ($1.0, $0.1.path) }) {
            let stem = RotationName.stem(file.path)
            if file.predecessor == nil, let last = lastOfStem[stem], !waits(last, for: file.serial) {
                file.predecessor = last
            }
            lastOfStem[stem] = file.serial
        }
        opened = []
    }

    /// Whether a file is read after another one, also by way of others. Two that waited for each other would wait for
    /// ever: a rotated file to which its writer still appends is the newer one by its time, and the older one by its name.
    private func waits(_ serial: FileSerial, for other: FileSerial) -> Bool {
        var next: FileSerial? = serial
        while let current = next {
            if current == other { return true }
            next = files[current]?.predecessor
        }
        return false
    }

    private func makeKey() -> UInt64 {
        hasNewKeys = hasNewKeys || output.type == .elasticsearch
        return FileKey.make()
    }

    /// Where ids are made of keys, a line is read only when a kill cannot change its file's key any more.
    func saveNewKeys() {
        guard hasNewKeys else { return }
        hasNewKeys = false
        checkpoint()
    }

    func takeSerial() -> FileSerial {
        defer { nextSerial += 1 }
        return nextSerial
    }

    /// Truncated, or overwritten in place: the next generation starts at its first byte. Lines of the old one that are in
    /// batches go on; lines that were never read are in a copy, or gone, and then a counter says so.
    func restart(_ file: TailedFile) {
        let lost = bytesLost(with: file)
        let hasCopy = files.values.contains { copy in
            copy.shadowOf == file.serial || copy.originals.contains { $0.serial == file.serial }
        }
        metrics.fileEvents.bind(["truncated"]).increment()
        logger.log(
            level: lost > 0 && !hasCopy ? .warning : .info, "a file was truncated",
            metadata: ["path": "\(file.path)", "unread_bytes": "\(lost)", "has_copy": "\(hasCopy)"])
        let head = file.source.bytes(at: 0, count: Fingerprint.maxBytes) ?? []
        let new = TailedFile(
            serial: takeSerial(), source: file.source, input: file.input, fingerprint: Fingerprint(head: head),
            start: TailedFile.Start(key: makeKey()), size: 0)
        releaseCopies(of: file)
        files[file.serial] = nil
        files[new.serial] = new
        if hasCopy || !expectCopy(of: file) {
            if lost > 0 { metrics.lostBytes.bind(["truncated"]).increment(by: UInt64(lost)) }
            forgetGivenBack(file)
        }
        setPath(new.path, of: new.serial)
        table.restarted(file.serial, as: new.serial)
        wantsTurn(new)
        isDirty = true
    }
}
