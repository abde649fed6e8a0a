#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The system calls of an archive; tests make the n-th one fail.
protocol ArchiveFileSystem: AnyObject {
    /// Creates a file for appending; nil where the name is taken. Missing directories below `root` are made.
    func create(_ path: String, below root: String) throws(SystemError) -> Int32?
    func openForAppending(_ path: String) throws(SystemError) -> Int32
    /// Writes all bytes.
    func append(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError)
    func truncate(_ descriptor: Int32, to size: Int) throws(SystemError)
    func sync(_ descriptor: Int32) throws(SystemError)
    func close(_ descriptor: Int32)
    /// Makes the names of a path durable, from its directory up to `root`.
    func syncNames(_ path: String, below root: String) throws(SystemError)
    /// Names in a directory, and which of them are directories; none where there is no such directory.
    func list(_ directory: String) -> [(name: String, isDirectory: Bool)]
    func remove(_ path: String) throws(SystemError)
    /// Removes a directory if it is empty.
    func removeDirectory(_ path: String)
}

/// The real calls. No symbolic link is followed in a file's last component.
final class PosixArchiveFileSystem: ArchiveFileSystem {
    func create(_ path: String, below root: String) throws(SystemError) -> Int32? {
        for parent in PosixArchiveFileSystem.parents(of: path, below: root) {
            guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { throw SystemError("mkdir", parent) }
        }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let descriptor = retryingInterrupts { systemOpen(path, flags, 0o640) }
        if descriptor >= 0 { return descriptor }
        if errno == EEXIST { return nil }
        throw SystemError("open", path)
    }

    func openForAppending(_ path: String) throws(SystemError) -> Int32 {
        let descriptor = retryingInterrupts { systemOpen(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { throw SystemError("open", path) }
        return descriptor
    }

    func append(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let start = bytes.baseAddress.map { $0 + done }
            let count = retryingInterrupts { systemWrite(descriptor, start, bytes.count - done) }
            guard count > 0 else { throw SystemError("write", "") }
            done += count
        }
    }

    func truncate(_ descriptor: Int32, to size: Int) throws(SystemError) {
        guard retryingInterrupts({ ftruncate(descriptor, off_t(size)) }) == 0 else {
            throw SystemError("ftruncate", "")
        }
    }

    func sync(_ descriptor: Int32) throws(SystemError) {
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw SystemError("fsync", "") }
    }

    func close(_ descriptor: Int32) { systemClose(descriptor) }

    func syncNames(_ path: String, below root: String) throws(SystemError) {
        for directory in PosixArchiveFileSystem.parents(of: path, below: root).reversed() {
            let descriptor = retryingInterrupts { systemOpen(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            guard descriptor >= 0 else { throw SystemError("open", directory) }
            defer { close(descriptor) }
            try sync(descriptor)
        }
    }

    func list(_ directory: String) -> [(name: String, isDirectory: Bool)] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var found: [(name: String, isDirectory: Bool)] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { found.append((name, entry.pointee.d_type == UInt8(DT_DIR))) }
        }
        return found
    }

    func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
    }

    func removeDirectory(_ path: String) { rmdir(path) }

    /// The directories of a path, from `root` down.
    static func parents(of path: String, below root: String) -> [String] {
        var parents = [root]
        let names = path.dropFirst(root.count).split(separator: "/").dropLast()
        for name in names { parents.append("\(parents[parents.count - 1])/\(name)") }
        return parents
    }
}
