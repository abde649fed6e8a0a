import AlertRules

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whole files, read and replaced at once.
enum FileReplacement {
    /// The largest file that is read; rule files stay far below.
    private static let maxBytes = 32 << 20

    /// Why a file is not read, as `check` and `test` say it.
    struct Unreadable: Error { var reason: String }

    /// The file's text; throws when it cannot be read, is too large or isn't UTF-8.
    static func read(_ path: String) throws(Unreadable) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable() }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = systemRead(descriptor, &buffer)
            if count < 0, errno == EINTR { continue }
            if count < 0 { throw unreadable() }
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > maxBytes {
                throw Unreadable(reason: "the file has more bytes than the limit, \(maxBytes)")
            }
        }
        do {
            return try RuleFormatter.text(of: bytes)
        } catch {
            throw Unreadable(reason: error.message)
        }
    }

    private static func unreadable() -> Unreadable {
        let cause =
            switch errno {
            case ENOENT: "no such file"
            case EACCES: "permission denied"
            case EISDIR: "is a folder"
            default: reason()
            }
        return Unreadable(reason: "cannot read the file: \(cause)")
    }

    private static func systemRead(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
        #if canImport(Glibc)
        Glibc.read(descriptor, &buffer, buffer.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, &buffer, buffer.count)
        #else
        Darwin.read(descriptor, &buffer, buffer.count)
        #endif
    }

    /// Writes a new file beside the old one and renames it, so that nobody sees half of it. Links are followed; mode and,
    /// where allowed, owner are kept. A file with several names is written in place instead, because a renamed one would
    /// leave the other names with the old text. The answer is the reason of a failure.
    static func replace(_ path: String, with text: String) -> String? {
        guard let target = realpath(path, nil) else { return reason() }
        defer { free(target) }
        var status = stat()
        guard stat(target, &status) == 0 else { return reason() }
        let name = String(cString: target)
        if status.st_nlink > 1 { return overwrite(name, with: text) }
        let temporary = "\(name).fmt-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return reason() }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
        let isWritten =
            Terminal.write(text, to: descriptor) && fchmod(descriptor, status.st_mode & 0o7777) == 0
            && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten, rename(temporary, name) == 0 else {
            let reason = reason()
            unlink(temporary)
            return reason
        }
        return nil
    }

    /// Gets the room first where the system can, so that a full disk leaves the old text as it was.
    private static func overwrite(_ path: String, with text: String) -> String? {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return reason() }
        let length = off_t(text.utf8.count)
        let isWritten =
            reserve(descriptor, length) && Terminal.write(text, to: descriptor)
            && ftruncate(descriptor, length) == 0 && fsync(descriptor) == 0
        let failure = reason()
        return close(descriptor) == 0 && isWritten ? nil : failure
    }

    private static func reserve(_ descriptor: Int32, _ length: off_t) -> Bool {
        #if canImport(Glibc) || canImport(Musl)
        let code = posix_fallocate(descriptor, 0, max(1, length))
        errno = code
        return code == 0
        #else
        return true
        #endif
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
