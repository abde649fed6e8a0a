#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The system calls that durable state depends on; tests make the n-th one fail.
protocol StateFileSystem: AnyObject {
    /// Creates or empties a file and returns its descriptor.
    func create(_ path: String) throws(SystemError) -> Int32
    /// Opens a file for appending, creating it where it is missing.
    func openForAppending(_ path: String) throws(SystemError) -> Int32
    /// Writes all bytes.
    func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError)
    func sync(_ descriptor: Int32) throws(SystemError)
    func close(_ descriptor: Int32)
    func rename(_ from: String, to: String) throws(SystemError)
    /// Removes a file; one that is not there is no error.
    func remove(_ path: String) throws(SystemError)
    /// Makes a rename or creation in the directory durable.
    func syncDirectory(_ path: String) throws(SystemError)
    /// The file's bytes; nil where there is none.
    func read(_ path: String) throws(SystemError) -> [UInt8]?
    /// The file's last byte, however long it is; nil where there is none.
    func lastByte(_ path: String) throws(SystemError) -> UInt8?
    /// Makes a directory in one that exists; one that is there already is fine.
    func makeDirectory(_ path: String) throws(SystemError)
    /// The names in a directory, sorted; nil where there is none.
    func names(in directory: String) throws(SystemError) -> [String]?
    /// Removes an empty directory.
    func removeDirectory(_ path: String) throws(SystemError)
    /// Cuts a file off.
    func truncate(_ path: String, to size: Int64) throws(SystemError)
    /// Opens a file for reading; nil where there is none.
    func openForReading(_ path: String) throws(SystemError) -> Int32?
    func size(_ descriptor: Int32) throws(SystemError) -> Int64
    /// Reads at an offset; fewer bytes than asked only at the end of the file.
    func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(SystemError) -> [UInt8]
}

/// The real calls.
final class PosixStateFileSystem: StateFileSystem {
    func create(_ path: String) throws(SystemError) -> Int32 {
        try open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC)
    }

    func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        try open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
    }

    func write(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                let start = buffer.baseAddress.map { $0 + done }
                return retryingInterrupts { systemWrite(descriptor, start, bytes.count - done) }
            }
            guard count > 0 else { throw SystemError("write", "") }
            done += count
        }
    }

    func sync(_ descriptor: Int32) throws(SystemError) {
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw SystemError("fsync", "") }
    }

    func close(_ descriptor: Int32) { systemClose(descriptor) }

    func rename(_ from: String, to: String) throws(SystemError) {
        guard systemRename(from, to) == 0 else { throw SystemError("rename", from) }
    }

    func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        try sync(descriptor)
    }

    func read(_ path: String) throws(SystemError) -> [UInt8]? {
        guard let descriptor = try openDescriptor(path) else { return nil }
        guard let size = FileShell.size(descriptor), size <= 1 << 30,
            let bytes = FileShell.bytes(descriptor, at: 0, count: Int(size))
        else { throw SystemError("read", path) }
        return bytes
    }

    func lastByte(_ path: String) throws(SystemError) -> UInt8? {
        guard let descriptor = try openDescriptor(path) else { return nil }
        guard let size = FileShell.size(descriptor) else { throw SystemError("fstat", path) }
        guard size > 0 else { return nil }
        guard let bytes = FileShell.bytes(descriptor, at: size - 1, count: 1) else { throw SystemError("pread", path) }
        return bytes.last
    }

    func openForReading(_ path: String) throws(SystemError) -> Int32? {
        let number = retryingInterrupts { systemOpen(path, O_RDONLY | O_CLOEXEC) }
        if number >= 0 { return number }
        if errno == ENOENT { return nil }
        throw SystemError("open", path)
    }

    private func openDescriptor(_ path: String) throws(SystemError) -> OpenDescriptor? {
        try openForReading(path).map { OpenDescriptor($0) }
    }

    private func open(_ path: String, _ flags: Int32) throws(SystemError) -> Int32 {
        let descriptor = retryingInterrupts { systemOpen(path, flags, 0o600) }
        guard descriptor >= 0 else { throw SystemError("open", path) }
        return descriptor
    }
}
