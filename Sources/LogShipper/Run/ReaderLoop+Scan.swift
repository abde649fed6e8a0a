import GatewayMetrics
import Locking
import Logging

extension ReaderLoop {
    /// Looks at the globs when it is time or a hint asked for it, but not more often than every 20 ms.
    func scanIfDue(_ now: Int64) {
        guard now >= nextScanNanos || (needsScan && now >= nextScanNanos - configuration.rescanNanos + 20_000_000)
        else { return }
        needsScan = false
        nextScanNanos = now + configuration.rescanNanos
        for pattern in patterns {
            for directory in pattern.directories { watch.watch(directory) }
        }
        let sightings = look()
        for action in inOrderOfClaims(table.observe(sightings, nowNanos: now)) { perform(action, now) }
        for sighting in sightings {
            guard let serial = serialOfPath[sighting.path], let file = files[serial] else { continue }
            file.size = sighting.size
            if sighting.size != file.front { file.mayHaveMore = true }
        }
        // A file that is out of the globs is only seen through its descriptor.
        for entry in table.entries.values where entry.missingSinceNanos != nil {
            files[entry.serial]?.mayHaveMore = true
        }
        removeFinished()
        isFirstScan = false
    }

    /// Files that the checkpoint knows by identity are opened before others, so that no copy claims what is theirs.
    private func inOrderOfClaims(_ actions: [TailTable.Action]) -> [TailTable.Action] {
        let known = Set(unclaimed.map(\.identity))
        func isClaim(_ action: TailTable.Action) -> Bool {
            if case .open(let sighting) = action { return known.contains(sighting.identity) }
            return false
        }
        return known.isEmpty ? actions : actions.filter(isClaim) + actions.filter { !isClaim($0) }
    }

    private func look() -> [Sighting] {
        var sightings: [Sighting] = []
        var seen: Set<String> = []
        for (input, pattern) in patterns.enumerated() {
            for path in pattern.expand() where seen.insert(path).inserted {
                guard var sighting = FileShell.look(at: path) else { continue }
                sighting.input = input
                sightings.append(sighting)
            }
        }
        return sightings
    }

    private func perform(_ action: TailTable.Action, _ now: Int64) {
        switch action {
        case .open(let sighting): open(sighting, now)
        case .rename(let serial, let path): rename(serial, path)
        case .flushTail(let serial):
            if let file = files[serial], !flushTail(file, now) { table.grew(serial, nowNanos: now) }
        case .finish(let serial): if let file = files[serial] { finish(file, now) }
        }
    }

    /// While the window is full a file may be quiet without having been read to its end; then it is not finished yet.
    private func finish(_ file: TailedFile, _ now: Int64) {
        if file.front >= FileShell.size(file.descriptor) ?? 0 {
            file.isFinished = true
        } else {
            table.grew(file.serial, nowNanos: now)
        }
    }

    private func rename(_ serial: FileSerial, _ path: String) {
        guard let file = files[serial] else { return }
        if serialOfPath[file.path] == serial { serialOfPath[file.path] = nil }
        file.path = path
        setPath(path, of: serial)
        metrics.fileEvents.bind(["renamed"]).increment()
    }

    private func setPath(_ path: String, of serial: FileSerial) {
        serialOfPath[path] = serial
        shared.paths.withLock { $0[serial] = path }
    }

    func open(_ sighting: Sighting, _ now: Int64) {
        do {
            let (descriptor, identity, size) = try FileShell.open(sighting.path)
            guard identity == sighting.identity else {
                // The name moved on since the look and may now be of a file that is read already.
                needsScan = true
                return table.openFailed(sighting)
            }
            guard let head = FileShell.bytes(descriptor, at: 0, count: Fingerprint.maxBytes) else {
                throw SystemError("pread", sighting.path)
            }
            let file = begin(sighting, descriptor, identity, size, head)
            files[file.serial] = file
            setPath(file.path, of: file.serial)
            table.opened(file.serial, sighting, identity: identity, nowNanos: now)
            isDirty = true
        } catch {
            table.openFailed(sighting)
            metrics.fileEvents.bind(["open_failed"]).increment()
            logger.debug("a file could not be opened", metadata: ["error": "\(error)"])
        }
    }

    /// Decides where reading starts.
    private func begin(
        _ sighting: Sighting, _ descriptor: OpenDescriptor, _ identity: FileIdentity, _ size: Int64, _ head: [UInt8]
    ) -> TailedFile {
        let resumption = Resumption(identity: identity, path: sighting.path, size: size, head: head) { offset, count in
            FileShell.bytes(descriptor, at: offset - Int64(count), count: count).map { Marker($0) }
        }
        var front: Int64 = 0
        var lag = LagMap()
        var isInsideLongLine = false
        var originals: [TailedFile.Original] = []
        switch resumption.decide(remembered: unclaimed + liveFiles()) {
        case .resume(let remembered):
            front = remembered.front
            isInsideLongLine = remembered.isInsideLongLine
            if let live = remembered.liveSerial, let original = files[live] {
                lag = LagMap(original.lag.pending())
                originals = original.originals + [TailedFile.Original(serial: live, end: front)]
            } else {
                lag = LagMap(claim(remembered))
            }
            metrics.fileEvents.bind(["resumed"]).increment()
        case .replaced:
            // What is remembered stays, because a copy of the old content may still turn up.
            metrics.fileEvents.bind(["replaced"]).increment()
        case .fresh:
            metrics.fileEvents.bind(["discovered"]).increment()
            if isFirstScan, !hasCheckpoint, configuration.inputs[sighting.input].startAt == .end {
                front = size
                isInsideLongLine = size > 0 && FileShell.bytes(descriptor, at: size - 1, count: 1) != [0x0a]
            }
        }
        let tail = FileShell.bytes(
            descriptor, at: max(0, front - Int64(Marker.maxBytes)), count: Int(min(front, Int64(Marker.maxBytes))))
        let file = TailedFile(
            serial: takeSerial(), descriptor: descriptor, identity: identity, input: sighting.input,
            path: sighting.path, fingerprint: Fingerprint(head: head), front: front, tail: tail ?? [], lag: lag)
        file.isInsideLongLine = isInsideLongLine
        file.originals = originals
        file.size = size
        return file
    }

    /// Takes what the checkpoint says of a file, once. Under other routing rules tenants' offsets mean nothing, so the
    /// whole file is read again from the lowest: `load` has folded that into the front already.
    private func claim(_ remembered: RememberedFile) -> [TenantID: Int64] {
        unclaimed.removeAll { $0.identity == remembered.identity && $0.path == remembered.path }
        var offsets: [TenantID: Int64] = [:]
        for (name, offset) in remembered.pending {
            let tenant = tenants.find(name) ?? TenantTable.defaultID
            batcher.reserve(tenant)
            offsets[tenant] = min(offsets[tenant] ?? offset, offset)
        }
        return offsets
    }

    /// Copies of files that are being read are recognised. A copy takes over who is behind, since the original may be
    /// truncated next: rather twice than never. Lines in batches stay the original's business in this run, so that they
    /// are not sent twice; the copy only owes them in the checkpoint.
    private func liveFiles() -> [RememberedFile] {
        files.values.map { file in
            var remembered = file.remembered(lag: named(file.lag.pending()), lastSeenSeconds: 0)
            remembered.liveSerial = file.serial
            return remembered
        }
    }

    func takeSerial() -> FileSerial {
        defer { nextSerial += 1 }
        return nextSerial
    }

    /// Truncated, or overwritten in place: the next generation starts at its first byte. Lines of the old one that are in
    /// batches go on; lines that were never read are gone, and a counter says so.
    func restart(_ file: TailedFile) {
        let lost = file.lag.pending().values.min().map { file.front - $0 } ?? 0
        metrics.fileEvents.bind(["truncated"]).increment()
        if lost > 0 { metrics.lostBytes.bind(["truncated"]).increment(by: UInt64(lost)) }
        logger.info("a file was truncated", metadata: ["path": "\(file.path)"])
        let head = FileShell.bytes(file.descriptor, at: 0, count: Fingerprint.maxBytes) ?? []
        let new = TailedFile(
            serial: takeSerial(), descriptor: file.descriptor, identity: file.identity, input: file.input,
            path: file.path, fingerprint: Fingerprint(head: head), front: 0, tail: [], lag: LagMap())
        files[file.serial] = nil
        files[new.serial] = new
        forgetGivenBack(file)
        setPath(new.path, of: new.serial)
        table.restarted(file.serial, as: new.serial)
        isDirty = true
    }

    /// Closes files of which nothing is needed any more, and forgets the names of old generations.
    private func removeFinished() {
        let needed = Set(owedOffsets().keys)
        for file in files.values where file.isFinished && file.lag.isEmpty && !needed.contains(file.serial) {
            files[file.serial] = nil
            dropGivenBack(file)
            if serialOfPath[file.path] == file.serial { serialOfPath[file.path] = nil }
            table.removed(file.serial)
            metrics.fileEvents.bind(["finished"]).increment()
            isDirty = true
        }
        let known = Set(files.keys)
        shared.paths.withLock { paths in
            if paths.count > known.count { paths = paths.filter { known.contains($0.key) || needed.contains($0.key) } }
        }
    }
}
