/// What one look at the globs found: a regular file and what `stat` says of it.
struct Sighting: Equatable {
    var path: String
    var identity: FileIdentity
    var size: Int64
    /// Which of the configured inputs it matched.
    var input = 0
}

/// The state machine of discovery and rotation: sightings and a clock in, actions out. No I/O.
///
/// A file is known by its identity, not by its name. One that is not seen any more is read on through its open descriptor
/// until it has been quiet for the grace period, then finished. A name that a known file has left is rotation.
struct TailTable {
    enum Action: Equatable {
        /// Open a file and look at its head; `opened` or `openFailed` answers.
        case open(Sighting)
        /// The file got another name.
        case rename(FileSerial, path: String)
        /// It is gone from the globs or was renamed, and quiet for the grace period: an unterminated last line is one.
        case flushTail(FileSerial)
        /// Gone from the globs and quiet: no more will be read.
        case finish(FileSerial)
    }

    struct Entry: Equatable {
        var serial: FileSerial
        var identity: FileIdentity
        var path: String
        /// Since when the file has been missing from the globs.
        var missingSinceNanos: Int64?
        var missingScans = 0
        /// Since when the file has had a name that is not its first one.
        var renamedSinceNanos: Int64?
        /// When the file was last seen to grow.
        var grewNanos: Int64
        var size: Int64
        var isTailFlushed = false
    }

    let graceNanos: Int64
    private(set) var entries: [FileSerial: Entry] = [:]
    private var serialOf: [FileIdentity: FileSerial] = [:]
    private var opening: Set<FileIdentity> = []

    init(graceNanos: Int64) {
        self.graceNanos = graceNanos
    }

    /// Compares one complete look at the globs with what is known.
    mutating func observe(_ sightings: [Sighting], nowNanos: Int64) -> [Action] {
        var actions: [Action] = []
        var seen: [FileIdentity: Sighting] = [:]
        for sighting in sightings {
            // Two names of one file: the known name wins, else the first.
            if let other = seen[sighting.identity], other.path != sighting.path {
                let known = serialOf[sighting.identity].flatMap { entries[$0]?.path }
                if known != sighting.path { continue }
            }
            seen[sighting.identity] = sighting
        }
        for sighting in sightings where seen[sighting.identity] == sighting {
            if let serial = serialOf[sighting.identity] {
                seeAgain(serial, sighting, nowNanos, &actions)
            } else if opening.insert(sighting.identity).inserted {
                actions.append(.open(sighting))
            }
        }
        for serial in entries.keys.sorted() {
            guard let entry = entries[serial], seen[entry.identity] == nil else { continue }
            miss(serial, nowNanos, &actions)
        }
        return actions
    }

    /// The shell opened a file and gave it a serial number.
    mutating func opened(_ serial: FileSerial, _ sighting: Sighting, identity: FileIdentity, nowNanos: Int64) {
        opening.remove(sighting.identity)
        serialOf[identity] = serial
        entries[serial] = Entry(
            serial: serial, identity: identity, path: sighting.path, grewNanos: nowNanos, size: sighting.size)
    }

    /// The shell could not open it, or it is not what was seen; the next look tries again.
    mutating func openFailed(_ sighting: Sighting) {
        opening.remove(sighting.identity)
    }

    /// The shell found the file truncated or replaced in place: its next generation has a new serial number.
    mutating func restarted(_ serial: FileSerial, as new: FileSerial) {
        guard var entry = entries.removeValue(forKey: serial) else { return }
        entry.serial = new
        entry.isTailFlushed = false
        entries[new] = entry
        serialOf[entry.identity] = new
    }

    /// The shell read new bytes.
    mutating func grew(_ serial: FileSerial, nowNanos: Int64) {
        entries[serial]?.grewNanos = nowNanos
        entries[serial]?.isTailFlushed = false
    }

    /// The shell closed the file.
    mutating func removed(_ serial: FileSerial) {
        guard let entry = entries.removeValue(forKey: serial) else { return }
        if serialOf[entry.identity] == serial { serialOf[entry.identity] = nil }
    }

    private mutating func seeAgain(
        _ serial: FileSerial, _ sighting: Sighting, _ nowNanos: Int64, _ actions: inout [Action]
    ) {
        guard var entry = entries[serial] else { return }
        entry.missingSinceNanos = nil
        entry.missingScans = 0
        if entry.path != sighting.path {
            entry.path = sighting.path
            entry.renamedSinceNanos = nowNanos
            actions.append(.rename(serial, path: sighting.path))
        }
        if entry.size != sighting.size {
            entry.size = sighting.size
            entry.grewNanos = nowNanos
            entry.isTailFlushed = false
        }
        if let renamed = entry.renamedSinceNanos, !entry.isTailFlushed,
            isQuiet(since: renamed, entry, nowNanos)
        {
            entry.isTailFlushed = true
            actions.append(.flushTail(serial))
        }
        entries[serial] = entry
    }

    /// One missing look may be a rename in progress, so a file is given up only after two and the grace period.
    private mutating func miss(_ serial: FileSerial, _ nowNanos: Int64, _ actions: inout [Action]) {
        guard var entry = entries[serial] else { return }
        entry.missingScans += 1
        let since = entry.missingSinceNanos ?? nowNanos
        entry.missingSinceNanos = since
        if entry.missingScans >= 2, isQuiet(since: since, entry, nowNanos) {
            if !entry.isTailFlushed {
                entry.isTailFlushed = true
                actions.append(.flushTail(serial))
            }
            actions.append(.finish(serial))
        }
        entries[serial] = entry
    }

    private func isQuiet(since start: Int64, _ entry: Entry, _ nowNanos: Int64) -> Bool {
        nowNanos - max(start, entry.grewNanos) >= graceNanos
    }
}
