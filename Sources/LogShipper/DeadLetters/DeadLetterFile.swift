/// Records that a destination refused for good, one JSON line each, synced before anything counts them as done.
///
/// The newest letters stand in `dead-letters.<output>.jsonl`. A full file becomes `dead-letters.<output>.jsonl.<n>`, where
/// the number is the time, in nanoseconds. Another process may take the file away (`log-shipper dlq replay`): a lock on it keeps a letter
/// from being written to a file that has just left.
final class DeadLetterFile {
    struct Letter {
        var tenant: String
        var path: String
        var offset: Int64
        var status: Int
        var reason: String
        var wallNanos: Int64
        var line: UnsafeRawBufferPointer

        /// About as many bytes as it takes in the file.
        var byteCount: Int { line.count / 3 * 4 + path.utf8.count + reason.utf8.count + 160 }
    }

    let path: String
    /// How many letters went with files that the policy `drop_oldest` removed.
    private(set) var removedLetters = 0
    private var toldLetters = 0
    private let paths: DeadLetterPaths
    private let limits: DeadLetterLimits
    private let shares: DeadLetterShares
    private let system: any StateFileSystem
    private var descriptor: Int32?
    private var isLocked = false

    init(
        directory: String, output: String, limits: DeadLetterLimits = DeadLetterLimits(),
        system: any StateFileSystem = PosixStateFileSystem()
    ) {
        paths = DeadLetterPaths(stateDirectory: directory, output: output)
        path = paths.current
        self.limits = limits
        shares = DeadLetterShares(paths, limits)
        self.system = system
    }

    deinit {
        if let descriptor { system.close(descriptor) }
    }

    /// Returns only when the letter is on the disk.
    func append(_ letter: Letter) throws(SystemError) { try append(CollectionOfOne(letter)) }

    /// Returns only when all letters, which are of one tenant, are on the disk, and never waits for a replay: that is an
    /// error. After an error some of them may be, and will be there twice when they are written again.
    func append(_ letters: some Collection<Letter>) throws(SystemError) {
        guard let tenant = letters.first?.tenant else { return }
        do throws(SystemError) {
            let descriptor = try openForLetters()
            let bytes = letters.reduce(0) { $0 + $1.byteCount }
            if limits.policy == .block, try !shares.admits(tenant, bytes: bytes) {
                throw SystemError(
                    "the tenant \(tenant) has its share of the room that dead_letters allows:", path, code: noRoomCode)
            }
            for letter in letters { try system.write(descriptor, DeadLetterFile.encode(letter)) }
            try system.sync(descriptor)
            unlock()
        } catch {
            // Half a letter may stand there; the next one starts on a line of its own (a reader skips the torn one).
            close()
            throw error
        }
    }

    /// Where a line really came from: one that was given back stood in another file when it was first refused.
    func origin(_ path: String, _ offset: Int64) -> (path: String, offset: Int64) {
        guard path.hasPrefix(paths.replayDirectory),
            let letter = try? DeadLetterReader(path, at: offset).next()?.letter
        else { return (path, offset) }
        return (letter.path, letter.offset)
    }

    /// How many letters were removed since the last question.
    func takeRemoved() -> Int {
        defer { toldLetters = removedLetters }
        return removedLetters - toldLetters
    }

    /// The file, locked, where another letter has room.
    private func openForLetters() throws(SystemError) -> Int32 {
        while true {
            let descriptor = try openOnce()
            // A replay may hold it for long, and the sender has others to serve.
            try FileLock.tryLock(descriptor, path)
            isLocked = true
            // Replayed in between: letters go to a new file.
            guard FileLock.isStill(descriptor, path) else {
                close()
                continue
            }
            guard FileLock.size(descriptor) >= limits.maxFileBytes else { return descriptor }
            try rotate()
        }
    }

    private func rotate() throws(SystemError) {
        var full = try paths.rotated()
        let next = max((full.last?.number ?? 0) &+ 1, UInt64(max(0, Clock.wallNanos())))
        while full.count + 1 >= limits.keptFiles {
            guard limits.policy == .dropOldest else {
                throw SystemError("dead letters have all the room that dead_letters allows:", path, code: noRoomCode)
            }
            // With a single file it is the one that is being written.
            let oldest = full.isEmpty ? path : full.removeFirst().path
            removedLetters += DeadLetterReader.count(oldest)
            try FileLock.remove(oldest)
            if oldest == path { return close() }
        }
        try system.rename(path, to: paths.rotated(next))
        close()
        try system.syncDirectory(paths.stateDirectory)
    }

    private func openOnce() throws(SystemError) -> Int32 {
        if let descriptor { return descriptor }
        let new = try system.openForAppending(path)
        do throws(SystemError) {
            if let last = try system.lastByte(path), last != 0x0a { try system.write(new, [0x0a]) }
            try system.syncDirectory(paths.stateDirectory)
        } catch {
            system.close(new)
            throw error
        }
        descriptor = new
        return new
    }

    private func unlock() {
        if isLocked, let descriptor { FileLock.unlock(descriptor) }
        isLocked = false
    }

    private func close() {
        unlock()
        if let descriptor { system.close(descriptor) }
        descriptor = nil
    }

    static func encode(_ letter: Letter) -> [UInt8] {
        let output = GrowableBytes(capacity: letter.line.count / 3 * 4 + 512)
        output.append("{\"time_unix_nano\":\"")
        output.append(Array(String(letter.wallNanos).utf8))
        output.append("\",\"tenant\":")
        JSONEscape.appendString(letter.tenant, to: output)
        output.append(",\"path\":")
        JSONEscape.appendString(letter.path, to: output)
        output.append(",\"offset\":")
        output.append(Array(String(letter.offset).utf8))
        output.append(",\"status\":")
        output.append(Array(String(letter.status).utf8))
        output.append(",\"reason\":")
        JSONEscape.appendString(letter.reason, to: output)
        output.append(",\"line_base64\":\"")
        output.append(Base64.encode(letter.line))
        output.append("\"}\n")
        return Array(output.bytes)
    }
}
