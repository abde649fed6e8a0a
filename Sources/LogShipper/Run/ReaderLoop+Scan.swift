import GatewayMetrics
import Locking
import Logging

extension ReaderLoop {
    /// Looks at the globs when it is time or a hint asked for it.
    func scanIfDue(_ now: Int64) {
        guard now >= looks.dueNanos(configuration.rescanNanos, needsLook: needsScan) else { return }
        let wasHint = needsScan
        needsScan = false
        looks.asked(nowNanos: now)
        guard scouts.isEmpty else {
            for (input, scout) in scouts.enumerated() where !scout.ask(nowNanos: now) {
                // A look that is under way may have passed by what a hint was about.
                if wasHint, !hanging.contains(input) { needsScan = true }
            }
            return noteHanging(now)
        }
        take(
            patterns.enumerated().map { ($0, unlooked.contains($0) ? $1.look(searching: known(by: $0)) : $1.look()) },
            now)
    }

    /// Takes the looks that have come back.
    func takeLooks(_ now: Int64) {
        let found = scouts.enumerated().compactMap { input, scout in scout.take().map { (input, $0) } }
        if !found.isEmpty { take(found, now) }
    }

    private func take(_ results: [(input: Int, look: PathPattern.Look)], _ now: Int64) {
        let sightings = results.flatMap { self.sightings(of: $0.input, $0.look) } + found
        found = []
        for (_, look) in results where !look.absent.isEmpty { absent.formUnion(look.absent) }
        let begin = outside.threadCPUNanos()
        let inputs = Set(results.map(\.input))
        let actions = table.observe(sightings, nowNanos: now, isLooked: inputs.contains)
        if !actions.isEmpty || !unlooked.isDisjoint(with: inputs) { isStatusStale = true }
        for action in inOrderOfClaims(actions) { perform(action, now) }
        if !opened.isEmpty { linkFamilies() }
        if !strays.isEmpty { findStrays() }
        liveFiles = nil
        endCutGzips(now)
        spoolVanishing(now)
        dropDeletedBeyondLimit()
        removeFinished()
        noteRhythm(results, actions, outside.threadCPUNanos() - begin)
        guard !unlooked.isEmpty else { return }
        unlooked.subtract(inputs)
        noteAbsent()
    }

    private func sightings(of input: Int, _ look: PathPattern.Look) -> [Sighting] {
        let mayBeOwn = configuration.inputs[input].holdsDeadLetters
        return look.files.filter { mayBeOwn || !isOwn($0) }.map { sighting in
            var sighting = sighting
            sighting.input = mayBeOwn ? input : firstInput(of: sighting, seenBy: input)
            return sighting
        }
    }

    /// A file that several inputs match belongs to the first of them, whichever look is back first.
    private func firstInput(of sighting: Sighting, seenBy input: Int) -> Int {
        guard input > 0, !sighting.isFoundByInode, !table.contains(sighting.identity) else { return input }
        return patterns.indices.prefix(input).first { index in
            !configuration.inputs[index].holdsDeadLetters && patterns[index].matches(sighting.path)
        } ?? input
    }

    /// What the checkpoint knows of files of an input; also the first one, where several match.
    func known(by input: Int) -> [RememberedFile] {
        unclaimed.all.filter { file in patterns.firstIndex { $0.matches(file.path) } == input }
    }

    /// A look without scouts is a test's, which says itself when the next one comes.
    private func noteRhythm(
        _ found: [(input: Int, look: PathPattern.Look)], _ actions: [TailTable.Action], _ cost: Int64
    ) {
        // Of what was written inotify tells, too.
        let isNothingToDo =
            self.found.isEmpty && cutGzips.isEmpty && guardians.isEmpty && table.isSettled
            && actions.allSatisfy(\.isChange)
        for (input, look) in found {
            let isWatched = look.directories.reduce(true) { watch.watch($1) && $0 }
            looks.looked(
                input: input, costNanos: scouts.isEmpty ? 0 : look.costNanos + cost / Int64(found.count),
                isQuiet: isNothingToDo && isWatched && !look.hasBlindSpots)
        }
    }

    private func isOwn(_ sighting: Sighting) -> Bool {
        guard own.contains(sighting) else { return false }
        if toldOwn.count < 1000, toldOwn.insert(sighting.identity).inserted {
            metrics.fileEvents.bind(["own"]).increment()
            logger.warning(
                "a file of this program is within the globs and left out", metadata: ["path": "\(sighting.path)"])
        }
        return true
    }

    /// Files that the checkpoint knows by identity are opened before others, so that no copy claims what is theirs.
    private func inOrderOfClaims(_ actions: [TailTable.Action]) -> [TailTable.Action] {
        guard !unclaimed.isEmpty else { return actions }
        func isClaim(_ action: TailTable.Action) -> Bool {
            if case .open(let sighting) = action { return unclaimed.contains(sighting.identity) }
            return false
        }
        return actions.filter(isClaim) + actions.filter { !isClaim($0) }
    }

    private func perform(_ action: TailTable.Action, _ now: Int64) {
        switch action {
        case .open(let sighting): open(sighting, now)
        case .rename(let serial, let path): rename(serial, path)
        case .changed(let serial, let size):
            guard let file = files[serial] else { return }
            if size > file.diskSize { noteGrowth(file, to: size) }
            file.diskSize = size
            // One that ends before its front was truncated; until the next read notices, its size says what is lost.
            if !file.source.isGzip, size >= file.front { file.size = size }
            wantsTurn(file)
        case .missing(let serial, let isFirst):
            guard let file = files[serial] else { return }
            if isFirst, !file.source.pin() { strays.append(file) }
            wantsTurn(file)
        case .returned(let serial): files[serial]?.source.isPinned = false
        case .flushTail(let serial):
            if let file = files[serial], !isShadow(file), !flushTail(file, now) { table.grew(serial, nowNanos: now) }
        case .finish(let serial): if let file = files[serial] { finish(file, now) }
        }
    }

    /// There may be something to read at the file's front.
    func wantsTurn(_ file: TailedFile) {
        file.source.mayHaveMore = true
        file.retryNanos = 0
        turns.insert(file)
    }

    /// While the window is full a file may be quiet without having been read to its end; then it is not finished yet.
    private func finish(_ file: TailedFile, _ now: Int64) {
        guard !isShadow(file) else {
            file.lag = LagMap()
            file.isFinished = true
            return
        }
        switch hasContent(file, behind: file.front) {
        case true?:
            table.grew(file.serial, nowNanos: now)
            wantsTurn(file)
        case false?: file.isFinished = true
        case nil where file.source.mayOpenLater: table.grew(file.serial, nowNanos: now)
        case nil: giveUp(file, reason: "gone")
        }
    }

    /// No way leads to the file any more, or it may not be held any longer: what was not read is lost, and counted.
    private func giveUp(_ file: TailedFile, reason: String) {
        let lost = bytesLost(with: file)
        releaseCopies(of: file)
        forgetGivenBack(file)
        if lost > 0 { metrics.lostBytes.bind([reason]).increment(by: UInt64(lost)) }
        metrics.fileEvents.bind(["given_up"]).increment()
        logger.warning(
            "a file is gone before it was read to its end",
            metadata: ["path": "\(file.path)", "unread_bytes": "\(lost)", "reason": "\(reason)"])
        dropGivenBack(file)
        file.lag = LagMap()
        file.isFinished = true
        file.source.close()
    }

    /// Files that were closed and have left the globs: perhaps they are in their directory under another name.
    private func findStrays() {
        for (directory, strays) in Dictionary(grouping: strays, by: { PathPattern.directory(of: $0.source.realPath) }) {
            let found = FileShell.sightings(of: Set(strays.map(\.identity)), in: directory) ?? []
            for file in strays {
                guard let sighting = found.first(where: { $0.identity == file.identity }) else { continue }
                file.source.realPath = sighting.path
                if file.source.pin() { metrics.fileEvents.bind(["found_by_inode"]).increment() }
            }
        }
        strays = []
    }

    /// Files without a name are held until they are read and acknowledged, but only up to a limit of disk space: then
    /// those with the lowest serial numbers, the oldest, are let go.
    private func dropDeletedBeyondLimit() {
        var held: [(file: TailedFile, bytes: Int64)] = []
        for file in files.values where file.source.isPinned {
            if let bytes = file.source.deletedBytes { held.append((file, bytes)) }
        }
        var sum = held.reduce(0) { $0 + $1.bytes }
        for (file, bytes) in held.sorted(by: { $0.file.serial < $1.file.serial })
        where sum > configuration.maxDeletedBytes {
            giveUp(file, reason: "deleted")
            sum -= bytes
        }
    }

    private func rename(_ serial: FileSerial, _ path: String) {
        guard let file = files[serial] else { return }
        if serialOfPath[file.path] == serial { serialOfPath[file.path] = nil }
        leftPath[file.path] = serial
        file.source.rename(to: path)
        setPath(path, of: serial)
        wantsTurn(file)
        metrics.fileEvents.bind(["renamed"]).increment()
    }

    func setPath(_ path: String, of serial: FileSerial, isTaken: Bool = false) {
        if !isTaken { serialOfPath[path] = serial }
        let origin = FileOrigin(path: path, key: files[serial]?.key ?? 0)
        shared.origins.withLock { $0[serial] = origin }
    }

    /// Closes files of which nothing is needed any more, and forgets the names of old generations.
    private func removeFinished() {
        guard files.values.contains(where: \.isFinished) else { return }
        let needed = Set(owedOffsets().keys)
        for file in files.values where file.isFinished && file.lag.isEmpty && !needed.contains(file.serial) {
            remember(file)
            releaseCopies(of: file)
            files[file.serial] = nil
            dropGivenBack(file)
            file.source.close()
            if serialOfPath[file.path] == file.serial { serialOfPath[file.path] = nil }
            table.removed(file.serial)
            metrics.fileEvents.bind(["finished"]).increment()
            isDirty = true
        }
        leftPath = leftPath.filter { files[$0.value] != nil }
        let known = Set(files.keys)
        var named = needed
        ledger.forEachSpooledSource { named.insert($0) }
        shared.origins.withLock { origins in
            guard origins.count > known.count else { return }
            origins = origins.filter { known.contains($0.key) || named.contains($0.key) }
        }
    }

    /// A file that is done with may come back, or come again compressed. One that was deleted is remembered for a short
    /// time only.
    private func remember(_ file: TailedFile) {
        let seconds = wallNanos() / 1_000_000_000
        let isDeleted = file.source.openNumber == nil || file.source.deletedBytes != nil
        growFingerprint(file)
        let age = isDeleted ? max(0, configuration.forgetAfterSeconds - 600) : 0
        unclaimed.insert(file.remembered(lag: [:], lastSeenSeconds: seconds - age))
    }
}
