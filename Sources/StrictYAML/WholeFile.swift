#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Reads a file, a pipe or a device to its end.
enum WholeFile {
    /// The largest file that is read, in bytes. Rule files of thousands of rules stay far below.
    private static let mostBytes = 32 << 20

    /// The bytes of a file of UTF-8, or of standard input for `-`.
    static func bytes(of path: String) throws(YAMLError) -> [UInt8] {
        let descriptor = path == "-" ? fcntl(0, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC)
        let path = YAMLNode.displayName(of: path)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno)
            }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= mostBytes else {
                throw YAMLError(file: path, message: "the file has more than \(mostBytes) bytes, the limit")
            }
        }
        if let reason = TextEncoding.refusal(of: bytes) { throw YAMLError(file: path, message: reason) }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw YAMLError(file: path, message: TextEncoding.invalid)
        }
        return bytes
    }

    private static func unreadable(_ path: String, _ code: Int32) -> YAMLError {
        let reason =
            switch code {
            case EISDIR: "is a folder"
            case ENOENT: "no such file"
            default: strerror(code).map { String(cString: $0).lowercased() } ?? "error \(code)"
            }
        return YAMLError(file: path, message: "cannot read the file: \(reason)")
    }
}
