#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// "Quota exceeded": full by a stated limit, not by the disk.
let noRoomCode = EDQUOT

/// What two processes need to share a file: a lock on it, and whether a name still leads to it.
enum FileLock {
    /// Waits for the lock, which ends with the descriptor.
    static func lock(_ descriptor: Int32, _ path: String) throws(SystemError) {
        guard retryingInterrupts({ flock(descriptor, LOCK_EX) }) == 0 else { throw SystemError("lock", path) }
    }

    /// Takes the lock, or fails at once where somebody has it.
    static func tryLock(_ descriptor: Int32, _ path: String) throws(SystemError) {
        guard retryingInterrupts({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 else { throw SystemError("lock", path) }
    }

    static func unlock(_ descriptor: Int32) { _ = flock(descriptor, LOCK_UN) }

    /// Whether the name still leads to the file behind the descriptor.
    static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
        var open = stat()
        var named = stat()
        return fstat(descriptor, &open) == 0 && stat(path, &named) == 0 && open.st_dev == named.st_dev
            && open.st_ino == named.st_ino
    }

    static func size(_ descriptor: Int32) -> Int64 {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? Int64(info.st_size) : 0
    }

    /// 0 for a file that is not there.
    static func size(of path: String) -> Int64 {
        var info = stat()
        return stat(path, &info) == 0 ? Int64(info.st_size) : 0
    }

    /// Removes a file; one that is gone already is fine.
    static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
    }

    static func exists(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0
    }

    /// The names in a directory; none where there is no such directory.
    static func names(in directory: String) throws(SystemError) -> [String] {
        guard let handle = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw SystemError("opendir", directory)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            names.append(name)
        }
        return names
    }

    /// Makes a directory that may be there already; its parent is there.
    static func makeDirectory(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("mkdir", path) }
    }
}
