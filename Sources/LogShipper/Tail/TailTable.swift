/// The state machine of discovery and rotation: sightings and a clock in, actions out. No I/O.
///
/// A file is known by its identity, not by its name. One that is not seen any more is read on through its open descriptor
/// until it has been quiet for the grace period, then finished. A name that a known file has left is rotation.
struct TailTable {
    enum Action: Equatable {
        /// Open a file and look at its head; `opened`, `openFailed` or `postponed` answers.
        case open(Sighting)
        /// The file got another name.
        case rename(FileSerial, path: String)
        /// Its size or its time of change is not what it was.
        case changed(FileSerial, size: Int64)
        /// It is not in the globs: what comes can only be seen through its descriptor.
        case missing(FileSerial, isFirst: Bool)
        /// It is in the globs again.
        case returned(FileSerial)
        /// It is gone from the globs or was renamed, and quiet for the grace period: an unterminated last line is one.
        case flushTail(FileSerial)
        /// Gone from the globs and quiet: no more will be read.
        case finish(FileSerial)

        var isChange: Bool { if case .changed = self { true } else { false } }
    }

    struct Entry: Equatable {
        var serial: FileSerial
        var identity: FileIdentity
        var path: String
        var input: Int
        /// The look that saw it last.
        var seenLook: UInt64
        /// Since when the file has been missing from the globs.
        var missingSinceNanos: Int64?
        var missingScans = 0
        /// Since when the file has had a name that is not its first one.
        var renamedSinceNanos: Int64?
        /// When the file was last seen to grow.
        var grewNanos: Int64
        var size: Int64
        var changedNanos: Int64
        var isTailFlushed = false
    }

    /// A file whose opening was put off because it is being written by whoever copies or compresses another.
    private struct Postponed {
        var size: Int64
        var sinceNanos: Int64
        var grewNanos: Int64
    }

    /// A copy that is not done by then is read as a file of its own.
    static let longestCopyNanos: Int64 = 60_000_000_000

    let graceNanos: Int64
    private var byIdentity: [FileIdentity: Entry] = [:]
    private var identityOf: [FileSerial: FileIdentity] = [:]
    private var opening: Set<FileIdentity> = []
    private var postponed: [FileIdentity: Postponed] = [:]
    private var look: UInt64 = 0

    init(graceNanos: Int64) {
        self.graceNanos = graceNanos
    }

    /// What is known, by serial number.
    var entries: [FileSerial: Entry] {
        Dictionary(byIdentity.values.map { ($0.serial, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a file has not grown for the grace period.
    func isQuiet(_ serial: FileSerial, nowNanos: Int64) -> Bool {
        guard let identity = identityOf[serial], let entry = byIdentity[identity] else { return true }
        return nowNanos - entry.grewNanos >= graceNanos
    }

    func contains(_ identity: FileIdentity) -> Bool { byIdentity[identity] != nil }

    /// Whether nothing follows from time alone: no file is missing, being opened or copied, or was just renamed.
    var isSettled: Bool {
        opening.isEmpty && postponed.isEmpty
            && byIdentity.values.allSatisfy {
                $0.missingSinceNanos == nil && ($0.renamedSinceNanos == nil || $0.isTailFlushed)
            }
    }

    /// Compares one complete look at the globs with what is known.
    ///
    /// - Parameters:
    ///   - sightings: in any order; a file with two names may be there twice
    ///   - isLooked: which inputs the look was at; files of the others are not missed
    mutating func observe(
        _ sightings: [Sighting], nowNanos: Int64, isLooked: (_ input: Int) -> Bool = { _ in true }
    ) -> [Action] {
        look &+= 1
        if !postponed.isEmpty {
            postponed = postponed.filter { nowNanos - $0.value.sinceNanos <= 2 * TailTable.longestCopyNanos }
        }
        var actions: [Action] = []
        var new: [Sighting] = []
        var renamed: [Sighting] = []
        for sighting in sightings {
            guard let index = byIdentity.index(forKey: sighting.identity) else {
                if opening.insert(sighting.identity).inserted { new.append(sighting) }
                continue
            }
            // Of two names of one file the known one wins, else the first.
            if byIdentity.values[index].path == sighting.path {
                TailTable.seeAgain(&byIdentity.values[index], sighting, look, nowNanos, graceNanos, &actions)
            } else {
                renamed.append(sighting)
            }
        }
        for sighting in renamed {
            guard let index = byIdentity.index(forKey: sighting.identity), byIdentity.values[index].seenLook != look
            else { continue }
            TailTable.rename(&byIdentity.values[index], sighting, nowNanos, &actions)
            TailTable.seeAgain(&byIdentity.values[index], sighting, look, nowNanos, graceNanos, &actions)
        }
        // What was written first is opened first, so that a rotated file comes before its successor; at the same time the
        // one with the longer name is the older one.
        new.sort { ($0.modifiedNanos, $1.path) < ($1.modifiedNanos, $0.path) }
        actions += new.map { .open($0) }
        missOthers(nowNanos, isLooked, &actions)
        return actions
    }

    /// The shell opened a file and gave it a serial number.
    mutating func opened(_ serial: FileSerial, _ sighting: Sighting, identity: FileIdentity, nowNanos: Int64) {
        opening.remove(sighting.identity)
        postponed[sighting.identity] = nil
        identityOf[serial] = identity
        byIdentity[identity] = Entry(
            serial: serial, identity: identity, path: sighting.path, input: sighting.input, seenLook: look,
            grewNanos: nowNanos, size: sighting.size, changedNanos: sighting.changedNanos)
    }

    /// The shell could not open it, or it is not what was seen; the next look tries again.
    mutating func openFailed(_ sighting: Sighting) {
        opening.remove(sighting.identity)
    }

    /// The shell found a copy that is still being written. Returns whether to wait for its end: until it has been quiet
    /// for the grace period.
    mutating func postpone(_ sighting: Sighting, nowNanos: Int64) -> Bool {
        var state =
            postponed[sighting.identity]
            ?? Postponed(size: -1, sinceNanos: nowNanos, grewNanos: nowNanos)
        if state.size != sighting.size {
            state.size = sighting.size
            state.grewNanos = nowNanos
        }
        guard nowNanos - state.grewNanos <= graceNanos, nowNanos - state.sinceNanos <= TailTable.longestCopyNanos
        else { return false }
        postponed[sighting.identity] = state
        opening.remove(sighting.identity)
        return true
    }

    /// The shell found the file truncated or replaced in place: its next generation has a new serial number.
    mutating func restarted(_ serial: FileSerial, as new: FileSerial) {
        guard let identity = identityOf.removeValue(forKey: serial) else { return }
        byIdentity[identity]?.serial = new
        byIdentity[identity]?.isTailFlushed = false
        // Its inode may have gone to a new file under another name, whose last line may be half.
        byIdentity[identity]?.renamedSinceNanos = nil
        identityOf[new] = identity
    }

    /// The shell read new bytes.
    mutating func grew(_ serial: FileSerial, nowNanos: Int64) {
        guard let identity = identityOf[serial], let index = byIdentity.index(forKey: identity) else { return }
        byIdentity.values[index].grewNanos = nowNanos
        byIdentity.values[index].isTailFlushed = false
    }

    /// A copy is read from now on: its end may still be half a line.
    mutating func awaken(_ serial: FileSerial) {
        if let identity = identityOf[serial] { byIdentity[identity]?.isTailFlushed = false }
    }

    /// The shell closed the file.
    mutating func removed(_ serial: FileSerial) {
        guard let identity = identityOf.removeValue(forKey: serial) else { return }
        byIdentity[identity] = nil
    }

    private static func rename(
        _ entry: inout Entry, _ sighting: Sighting, _ nowNanos: Int64, _ actions: inout [Action]
    ) {
        entry.path = sighting.path
        entry.renamedSinceNanos = nowNanos
        actions.append(.rename(entry.serial, path: sighting.path))
    }

    private static func seeAgain(
        _ entry: inout Entry, _ sighting: Sighting, _ look: UInt64, _ nowNanos: Int64, _ graceNanos: Int64,
        _ actions: inout [Action]
    ) {
        entry.seenLook = look
        if entry.missingSinceNanos != nil {
            entry.missingSinceNanos = nil
            entry.missingScans = 0
            actions.append(.returned(entry.serial))
        }
        if entry.size != sighting.size || entry.changedNanos != sighting.changedNanos {
            if entry.size != sighting.size {
                entry.grewNanos = nowNanos
                entry.isTailFlushed = false
            }
            entry.size = sighting.size
            entry.changedNanos = sighting.changedNanos
            actions.append(.changed(entry.serial, size: sighting.size))
        }
        if let renamed = entry.renamedSinceNanos, !entry.isTailFlushed,
            nowNanos - max(renamed, entry.grewNanos) >= graceNanos
        {
            entry.isTailFlushed = true
            actions.append(.flushTail(entry.serial))
        }
    }

    private mutating func missOthers(_ nowNanos: Int64, _ isLooked: (Int) -> Bool, _ actions: inout [Action]) {
        var missed = byIdentity.values.filter { $0.seenLook != look && isLooked($0.input) }
        missed.sort { $0.serial < $1.serial }
        for entry in missed {
            guard let index = byIdentity.index(forKey: entry.identity) else { continue }
            TailTable.miss(&byIdentity.values[index], nowNanos, graceNanos, &actions)
        }
    }

    /// One missing look may be a rename in progress, so a file is given up only after two and the grace period.
    private static func miss(_ entry: inout Entry, _ nowNanos: Int64, _ graceNanos: Int64, _ actions: inout [Action]) {
        entry.missingScans += 1
        let since = entry.missingSinceNanos ?? nowNanos
        entry.missingSinceNanos = since
        actions.append(.missing(entry.serial, isFirst: entry.missingScans == 1))
        guard entry.missingScans >= 2, nowNanos - max(since, entry.grewNanos) >= graceNanos else { return }
        if !entry.isTailFlushed {
            entry.isTailFlushed = true
            actions.append(.flushTail(entry.serial))
        }
        actions.append(.finish(entry.serial))
    }
}
