#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The system calls of tailing. Everything that decides is in the state machines.
enum FileShell {
    /// Opens a regular file without ever blocking: a FIFO or a device that matches a glob is refused after `fstat`.
    static func open(_ path: String) throws(SystemError) -> (
        descriptor: OpenDescriptor, identity: FileIdentity, size: Int64
    ) {
        let number = retryingInterrupts { systemOpen(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
        guard number >= 0 else { throw SystemError("open", path) }
        let descriptor = OpenDescriptor(number)
        var info = stat()
        guard fstat(number, &info) == 0 else { throw SystemError("fstat", path) }
        guard info.st_mode & S_IFMT == S_IFREG else { throw SystemError("open", path, code: EINVAL) }
        return (descriptor, identity(info), Int64(info.st_size))
    }

    /// Which regular file a descriptor is of; nil where it is none.
    static func identity(of number: Int32) -> FileIdentity? {
        var info = stat()
        guard fstat(number, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return identity(info)
    }

    /// Reads at an offset; fewer bytes than asked only at the end of the file.
    static func read(
        _ descriptor: OpenDescriptor, into target: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(SystemError) -> Int {
        var filled = 0
        while filled < target.count {
            let start = target.baseAddress.map { $0 + filled }
            let got = retryingInterrupts {
                pread(descriptor.number, start, target.count - filled, off_t(offset) + off_t(filled))
            }
            if got < 0 { throw SystemError("pread", "") }
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// Reads up to `count` bytes into an array; nil on an error.
    static func bytes(_ descriptor: OpenDescriptor, at offset: Int64, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { target in
            (try? read(descriptor, into: target, at: offset)) ?? -1
        }
        guard got >= 0 else { return nil }
        bytes.removeLast(count - got)
        return bytes
    }

    static func size(_ descriptor: OpenDescriptor) -> Int64? {
        var info = stat()
        return fstat(descriptor.number, &info) == 0 ? Int64(info.st_size) : nil
    }

    /// The name by which the system knows an open file, without links; nil where it cannot say or the file has none.
    static func realPath(_ descriptor: OpenDescriptor) -> String? {
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { buffer in
            let target = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard let target else { return nil }
            let count = readlink("/proc/self/fd/\(descriptor.number)", target, buffer.count)
            guard count > 0, buffer[0] == UInt8(ascii: "/") else { return nil }
            let path = String(decoding: buffer[..<count], as: UTF8.self)
            return path.hasSuffix(" (deleted)") ? nil : path
        }
    }

    /// Whether a name still leads to the file; one that was deleted lives only as long as its descriptors.
    static func hasName(_ descriptor: OpenDescriptor) -> Bool {
        var info = stat()
        return fstat(descriptor.number, &info) == 0 && info.st_nlink > 0
    }

    /// A regular file and what `stat` says of it; nil for a path that vanished, is no file or may not be looked at.
    static func look(at path: String) -> Sighting? {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        return sighting(path, info)
    }

    static func sighting(_ path: String, _ info: stat) -> Sighting {
        Sighting(
            path: path, identity: identity(info), size: Int64(info.st_size), modifiedNanos: nanos(info.st_mtim),
            changedNanos: nanos(info.st_ctim))
    }

    /// Looks in a directory for files by their inodes, whatever they are called now; for files that left the globs. Nil
    /// where the directory is there and cannot be read.
    static func sightings(of wanted: Set<FileIdentity>, in directory: String) -> [Sighting]? {
        var found: [Sighting] = []
        guard let stream = opendir(directory) else { return errno == ENOENT || errno == ENOTDIR ? [] : nil }
        defer { closedir(stream) }
        let inodes = Set(wanted.map(\.inode))
        while let entry = readdir(stream) {
            guard inodes.contains(UInt64(entry.pointee.d_ino)) else { continue }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            let path = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
            if let sighting = look(at: path), wanted.contains(sighting.identity) { found.append(sighting) }
        }
        return found
    }

    /// The device that a directory is on, or was on before it was removed; nil where nobody may know.
    static func device(of directory: String) -> UInt64? {
        var info = stat()
        var directory = directory
        while stat(directory, &info) != 0 {
            let parent = PathPattern.directory(of: directory)
            guard errno == ENOENT, parent != directory else { return nil }
            directory = parent
        }
        return UInt64(info.st_dev)
    }

    /// Anybody who may write a file may give it any time; one that is out of bounds is the last or the first within.
    private static func nanos(_ time: timespec) -> Int64 {
        let (nanos, isOut) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        if isOut { return time.tv_sec < 0 ? .min : .max }
        let (sum, isSumOut) = nanos.addingReportingOverflow(Int64(time.tv_nsec))
        return isSumOut ? .max : sum
    }

    private static func identity(_ info: stat) -> FileIdentity {
        FileIdentity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }
}
