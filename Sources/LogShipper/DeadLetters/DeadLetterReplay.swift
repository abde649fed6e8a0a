/// Gives dead letters back to the shipper of their output, which need not run.
///
/// A file of letters is moved, by one rename, to `<state_dir>/replay/<output>/<n>.letters`, which the shipper tails: it
/// unpacks each letter and sends the line for the tenant that it had. So a letter is in one place at any time, wherever
/// the power goes. What is refused again becomes a dead letter again.
///
/// For one tenant a file has to be cut in two: it is first moved away to `<n>.cut`, with the tenant in `<n>.tenant`. As long
/// as `<n>.cut` is there, it holds the letters, and `<n>.mine` and `<n>.rest` are drafts of the halves; once it is gone, the
/// halves hold them, and move to `<n>.letters` and back among the full files. Whoever finds one of these names goes on
/// from there.
struct DeadLetterReplay {
    /// What was given back.
    struct Outcome: Equatable {
        var files = 0
        var letters = 0
        /// Letters of other tenants that stay.
        var kept = 0
        /// Lines that are no letters.
        var skipped = 0
    }

    let paths: DeadLetterPaths
    var tenant: String?
    var system: any StateFileSystem = PosixStateFileSystem()

    /// Counts what `run` would give back; changes nothing.
    func rehearse() throws(SystemError) -> Outcome {
        var outcome = Outcome()
        for path in try paths.all() { try count(path, &outcome) }
        return outcome
    }

    /// Gives the letters back. Whatever fails, every letter is in one place: running it again goes on.
    func run() throws(SystemError) -> Outcome {
        try FileLock.makeDirectory("\(paths.stateDirectory)/replay")
        try FileLock.makeDirectory(paths.replayDirectory)
        let lockPath = "\(paths.replayDirectory)/lock"
        let lock = try system.openForAppending(lockPath)
        defer { system.close(lock) }
        try FileLock.lock(lock, lockPath)
        var outcome = Outcome()
        try finishCuts()
        for path in try paths.all() { try take(path, &outcome) }
        try system.syncDirectory(paths.replayDirectory)
        try system.syncDirectory(paths.stateDirectory)
        return outcome
    }

    private func count(_ path: String, _ outcome: inout Outcome) throws(SystemError) {
        let reader = try DeadLetterReader(path)
        var mine = 0
        while let next = try reader.next() {
            if tenant == nil || next.letter.tenant == tenant { mine += 1 } else { outcome.kept += 1 }
        }
        outcome.letters += mine
        outcome.skipped += reader.skipped
        if mine > 0 { outcome.files += 1 }
    }

    /// Moves one file while nobody writes to it.
    private func take(_ path: String, _ outcome: inout Outcome) throws(SystemError) {
        guard FileLock.exists(path) else { return }
        let descriptor = try FileShell.open(path).descriptor
        try FileLock.lock(descriptor.number, path)
        guard FileLock.isStill(descriptor.number, path) else { return }
        var here = Outcome()
        try count(path, &here)
        outcome.add(here)
        // Nothing to give back: the file stays as it is.
        guard here.letters > 0 else { return }
        let number = try nextNumber()
        guard here.kept > 0, let tenant else {
            return try system.rename(path, to: place(number, DeadLetterPaths.replaySuffix))
        }
        try write(Array(tenant.utf8), to: place(number, ".tenant"))
        try system.rename(path, to: place(number, ".cut"))
        try split(number, tenant)
        try publish(number)
    }

    // MARK: - Cutting

    private func finishCuts() throws(SystemError) {
        for number in try numbers(".cut") {
            guard let tenant = try system.read(place(number, ".tenant")) else { continue }
            try split(number, String(decoding: tenant, as: UTF8.self))
        }
        let whole = Set(try numbers(".cut"))
        let halved = Set(try numbers(".mine") + numbers(".rest") + numbers(".tenant"))
        for number in halved.subtracting(whole).sorted() { try publish(number) }
    }

    /// Ends with two halves in place of the whole.
    private func split(_ number: UInt64, _ tenant: String) throws(SystemError) {
        try system.syncDirectory(paths.replayDirectory)
        let cut = place(number, ".cut")
        let reader = try DeadLetterReader(cut)
        let halves = [try system.create(place(number, ".mine")), try system.create(place(number, ".rest"))]
        defer { for half in halves { system.close(half) } }
        while let next = try reader.next() {
            try system.write(halves[next.letter.tenant == tenant ? 0 : 1], next.text + [0x0a])
        }
        for half in halves { try system.sync(half) }
        try system.syncDirectory(paths.replayDirectory)
        try FileLock.remove(cut)
        try system.syncDirectory(paths.replayDirectory)
    }

    private func publish(_ number: UInt64) throws(SystemError) {
        let moves = [
            (place(number, ".mine"), place(number, DeadLetterPaths.replaySuffix)),
            (place(number, ".rest"), paths.rotated(number)),
        ]
        for (from, to) in moves where FileLock.exists(from) { try system.rename(from, to: to) }
        try FileLock.remove(place(number, ".tenant"))
    }

    private func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = try system.create(path)
        defer { system.close(descriptor) }
        try system.write(descriptor, bytes)
        try system.sync(descriptor)
        try system.syncDirectory(paths.replayDirectory)
    }

    // MARK: - Names

    private func place(_ number: UInt64, _ suffix: String) -> String { "\(paths.replayDirectory)/\(number)\(suffix)" }

    /// Numbers go by the clock, so that one that was used and is gone does not come again.
    private func nextNumber() throws(SystemError) -> UInt64 {
        var last: UInt64 = 0
        for suffix in [DeadLetterPaths.replaySuffix, ".cut", ".tenant"] {
            last = max(last, try numbers(suffix).last ?? 0)
        }
        return max(last &+ 1, UInt64(max(0, Clock.wallNanos())))
    }

    private func numbers(_ suffix: String) throws(SystemError) -> [UInt64] {
        try FileLock.names(in: paths.replayDirectory).filter { $0.hasSuffix(suffix) }
            .compactMap { UInt64($0.dropLast(suffix.count)) }.sorted()
    }
}

extension DeadLetterReplay.Outcome {
    fileprivate mutating func add(_ other: Self) {
        files += other.files
        letters += other.letters
        kept += other.kept
        skipped += other.skipped
    }
}
