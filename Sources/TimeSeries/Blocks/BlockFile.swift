#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file of a block, of which any part can be read at any time, from any thread.
///
/// It is not mapped into memory: a mapped file that someone cuts short ends the process.
final class BlockFile: Sendable {
    private enum Source: Sendable {
        case descriptor(Int32)
        case bytes([UInt8])
    }

    let path: String
    let size: Int
    private let source: Source

    /// Opens a file.
    init(path: String) throws(BlockError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw BlockError(path: path, message: String(cString: strerror(errno))) }
        source = .descriptor(descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            size = 0
            throw BlockError(path: path, message: "this is no file")
        }
        size = Int(status.st_size)
    }

    /// Bytes in memory in a file's place.
    init(path: String, bytes: [UInt8]) {
        self.path = path
        size = bytes.count
        source = .bytes(bytes)
    }

    deinit { if case .descriptor(let descriptor) = source { close(descriptor) } }

    /// An error at a place of the file.
    func failure(at offset: Int?, _ message: String) -> BlockError {
        BlockError(path: path, offset: offset, message: message)
    }

    /// Reads a part, which must lie inside.
    func bytes(at offset: Int, count: Int) throws(BlockError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
            throw failure(at: offset, "\(count) bytes are said to be here, but the file ends at \(size)")
        }
        switch source {
        case .bytes(let all): return Array(all[offset..<(offset + count)])
        case .descriptor(let descriptor):
            var bytes = [UInt8](repeating: 0, count: count)
            let got = bytes.withUnsafeMutableBytes { BlockFile.fill($0, descriptor, offset) }
            if got < 0 { throw failure(at: offset, String(cString: strerror(errno))) }
            if got < count { throw failure(at: offset + got, "the file became shorter while it was read") }
            return bytes
        }
    }

    /// - Returns: the bytes read, or −1 with `errno`.
    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ offset: Int) -> Int {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            if got < 0 { return -1 }
            if got == 0 { break }
            done += got
        }
        return done
    }
}
