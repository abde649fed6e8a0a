#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the spool asks for beside checkpoints and dead letters.
extension PosixStateFileSystem {
    func makeDirectory(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw SystemError("mkdir", path)
    }

    func names(in directory: String) throws(SystemError) -> [String]? {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return nil }
            throw SystemError("opendir", directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw SystemError("readdir", directory) }
        return names.sorted()
    }

    func removeDirectory(_ path: String) throws(SystemError) {
        guard rmdir(path) != 0, errno != ENOENT else { return }
        throw SystemError("rmdir", path)
    }

    func truncate(_ path: String, to size: Int64) throws(SystemError) {
        guard retryingInterrupts({ systemTruncate(path, size) }) == 0 else { throw SystemError("truncate", path) }
    }

    func size(_ descriptor: Int32) throws(SystemError) -> Int64 {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw SystemError("fstat", "") }
        return Int64(info.st_size)
    }

    func read(_ descriptor: Int32, at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            while filled < count {
                let start = target.baseAddress.map { $0 + filled }
                let got = retryingInterrupts { pread(descriptor, start, count - filled, off_t(offset) + off_t(filled)) }
                if got < 0 { failure = SystemError("pread", "") }
                if got <= 0 { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
