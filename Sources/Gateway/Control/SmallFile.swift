#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Small files that an operator provides, such as a token.
enum SmallFile {
    /// The whole text.
    ///
    /// - Throws: ``InvalidValue`` with the path and the reason: unreadable, longer than `limit` bytes, not UTF-8.
    static func read(_ path: String, limit: Int = 65_536) throws(InvalidValue) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw InvalidValue("\(path): \(reason(errno))") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var count = 0
        while count < bytes.count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                readBytes(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            if result < 0, errno == EINTR { continue }
            guard result >= 0 else { throw InvalidValue("\(path): \(reason(errno))") }
            if result == 0 { break }
            count += result
        }
        guard count <= limit else { throw InvalidValue("\(path): longer than \(limit) bytes") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw InvalidValue("\(path): not valid UTF-8")
        }
        return text
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT: "no such file"
        case EACCES: "permission denied"
        case EISDIR: "is a folder"
        default: "cannot be read (error \(code))"
        }
    }
}

/// The system call, which the enum's own `read` would hide.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
