#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file read from front to back in pieces; closed when it goes away.
package struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    static let pieceBytes = 1 << 18

    /// Opens the file.
    package init(_ path: String) throws(ReaderError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw ReaderError(path: path, message: " " + String(cString: strerror(errno))) }
    }

    deinit { close(descriptor) }

    /// Calls `body` with one piece after the other; the memory is reused.
    package borrowing func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: InputFile.pieceBytes, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw ReaderError(path: path, message: " " + String(cString: strerror(errno)))
            }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The last bytes of the file; the reading position is at the start again afterwards. Empty for pipes.
    package borrowing func tail(_ count: Int) -> [UInt8] {
        let size = lseek(descriptor, 0, SEEK_END)
        if size < 0 { return [] }
        lseek(descriptor, max(0, size - off_t(count)), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        lseek(descriptor, 0, SEEK_SET)
        return Array(bytes.prefix(max(0, got)))
    }

    /// The first bytes of the file; the reading position is at the start again afterwards. Empty for pipes.
    package borrowing func head(_ count: Int) -> [UInt8] {
        if lseek(descriptor, 0, SEEK_SET) < 0 { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        lseek(descriptor, 0, SEEK_SET)
        return Array(bytes.prefix(max(0, got)))
    }

    /// False for pipes and terminals, which can be read once only.
    package var isSeekable: Bool { lseek(descriptor, 0, SEEK_CUR) >= 0 }

    /// The names in a folder, sorted by bytes.
    static func names(in folder: String) throws(ReaderError) -> [String] {
        guard let handle = opendir(folder) else {
            throw ReaderError(path: folder, message: " " + String(cString: strerror(errno)))
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted(by: ByteOrder.less)
    }
}
