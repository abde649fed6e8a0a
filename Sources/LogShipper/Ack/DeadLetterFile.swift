/// Records that a destination refused for good, one JSON line each, synced before anything counts them as done.
final class DeadLetterFile {
    struct Letter {
        var tenant: String
        var path: String
        var offset: Int64
        var status: Int
        var reason: String
        var wallNanos: Int64
        var line: UnsafeRawBufferPointer
    }

    let path: String
    private let directory: String
    private let system: any StateFileSystem
    private var descriptor: Int32?

    init(directory: String, output: String, system: any StateFileSystem = PosixStateFileSystem()) {
        self.directory = directory
        self.system = system
        path = "\(directory)/dead-letters.\(output).jsonl"
    }

    deinit {
        if let descriptor { system.close(descriptor) }
    }

    /// Returns only when the letter is on the disk.
    func append(_ letter: Letter) throws(SystemError) {
        do throws(SystemError) {
            let descriptor = try openOnce()
            try system.write(descriptor, DeadLetterFile.encode(letter))
            try system.sync(descriptor)
        } catch {
            // Half a letter may stand there; the next one starts on a line of its own (a reader skips the torn one).
            if let descriptor { system.close(descriptor) }
            descriptor = nil
            throw error
        }
    }

    private func openOnce() throws(SystemError) -> Int32 {
        if let descriptor { return descriptor }
        let new = try system.openForAppending(path)
        do throws(SystemError) {
            if let last = try system.lastByte(path), last != 0x0a { try system.write(new, [0x0a]) }
            try system.syncDirectory(directory)
        } catch {
            system.close(new)
            throw error
        }
        descriptor = new
        return new
    }

    static func encode(_ letter: Letter) -> [UInt8] {
        let output = GrowableBytes(capacity: letter.line.count * 4 / 3 + 512)
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
