#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A real file, or a descriptor that somebody else opened (standard output).
final class PosixLogFile: LogFile {
    private let path: String?
    private var descriptor: Int32
    private var isRegular = false

    /// A file by its path.
    init(path: String) {
        self.path = path
        descriptor = -1
    }

    /// A descriptor that stays open.
    init(descriptor: Int32) {
        path = nil
        self.descriptor = descriptor
    }

    deinit {
        close()
    }

    func open() -> LogFileOpening {
        guard let path else { return .opened(FileIdentity(device: 0, inode: 0), endsInsideLine: false) }
        // O_NONBLOCK: a FIFO without a reader is an error at once, and not a start that hangs.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK
        let fresh = PosixLogFile.retrying { openFile(path, flags, 0o640) }
        guard fresh >= 0 else { return .failed(errno) }
        var status = stat()
        guard fstat(fresh, &status) == 0 else {
            let code = errno
            closeDescriptor(fresh)
            return .failed(code)
        }
        close()
        descriptor = fresh
        isRegular = status.st_mode & S_IFMT == S_IFREG
        return .opened(PosixLogFile.identity(status), endsInsideLine: isRegular && endsInsideLine(status))
    }

    private func close() {
        guard path != nil, descriptor >= 0 else { return }
        closeDescriptor(descriptor)
        descriptor = -1
    }

    func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> LogFileWriting {
        if isRegular {
            var status = stat()
            if fstat(descriptor, &status) == 0, status.st_nlink == 0 { return .deleted }
        }
        var parts = [first, second].map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        let count = PosixLogFile.retrying { writev(descriptor, &parts, second.isEmpty ? 1 : 2) }
        return count < 0 ? .failed(errno) : .wrote(count)
    }

    func identityOfPath() -> FileIdentity? {
        guard let path else { return FileIdentity(device: 0, inode: 0) }
        var status = stat()
        return stat(path, &status) == 0 ? PosixLogFile.identity(status) : nil
    }

    /// A process that died may have left half a line; ours must not be glued to it.
    private func endsInsideLine(_ status: stat) -> Bool {
        guard let path, status.st_size > 0 else { return false }
        let reader = openFile(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
        guard reader >= 0 else { return false }
        defer { closeDescriptor(reader) }
        var last: UInt8 = 0
        return pread(reader, &last, 1, status.st_size - 1) == 1 && last != 0x0A
    }

    private static func identity(_ status: stat) -> FileIdentity {
        FileIdentity(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino))
    }

    private static func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}

private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func closeDescriptor(_ descriptor: Int32) { close(descriptor) }
