import Exposition

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file read from front to back in pieces, unpacked when it is gzip; closed when it goes away.
package struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    /// Told by the first two bytes; never of pipes.
    private let isGzip: Bool
    /// What is read instead of a file, and how much at once; for tests.
    private let memory: [UInt8]?
    private let pieceBytes: Int

    /// Opens the file; without `unpacksGzip` its bytes are given as they are.
    package init(_ path: String, unpacksGzip: Bool = true) throws(ReaderError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw ReaderError(path: path, message: " " + String(cString: strerror(errno))) }
        memory = nil
        pieceBytes = 1 << 18
        isGzip = unpacksGzip && InputFile.bytes(descriptor, from: 0, count: 2) == [0x1f, 0x8b]
    }

    /// Bytes in a file's place, which come in pieces of a size.
    package init(bytes: [UInt8], pieceBytes: Int) {
        path = "memory"
        descriptor = -1
        memory = bytes
        self.pieceBytes = max(1, pieceBytes)
        isGzip = bytes.starts(with: [0x1f, 0x8b])
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Calls `body` with one piece after the other; the memory is reused.
    ///
    /// - Throws: ``ReaderError``, `GzipError`, or what `body` throws.
    package borrowing func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard isGzip else { return try forEachRawPiece(body) }
        let gunzip = try GunzipStream()
        try forEachRawPiece { try gunzip.read($0, to: body) }
        try gunzip.finish()
    }

    private borrowing func forEachRawPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let memory {
            for start in stride(from: 0, to: memory.count, by: pieceBytes) {
                try memory[start..<min(memory.count, start + pieceBytes)].withUnsafeBytes(body)
            }
            return
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
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

    /// The last bytes of the text; the reading position is at the start again afterwards. Empty for pipes. Packed
    /// text is unpacked once for it.
    package borrowing func tail(_ count: Int) throws(ReaderError) -> [UInt8] {
        guard isGzip else {
            if let memory { return Array(memory.suffix(count)) }
            let size = lseek(descriptor, 0, SEEK_END)
            return size < 0 ? [] : InputFile.bytes(descriptor, from: max(0, size - off_t(count)), count: count)
        }
        var last: [UInt8] = []
        try unpack { piece in
            last.append(contentsOf: piece.suffix(count))
            if last.count > count { last.removeFirst(last.count - count) }
        }
        return last
    }

    /// The first bytes of the text; the reading position is at the start again afterwards. Empty for pipes.
    package borrowing func head(_ count: Int) throws(ReaderError) -> [UInt8] {
        guard isGzip else {
            if let memory { return Array(memory.prefix(count)) }
            return InputFile.bytes(descriptor, from: 0, count: count)
        }
        var first: [UInt8] = []
        try unpack { piece in
            first.append(contentsOf: piece.prefix(count - first.count))
            if first.count == count { throw Enough() }
        }
        return first
    }

    private struct Enough: Error {}

    /// Unpacks from the start until the end or until the body has enough.
    private borrowing func unpack(_ body: (UnsafeRawBufferPointer) throws -> Void) throws(ReaderError) {
        defer { lseek(descriptor, 0, SEEK_SET) }
        do {
            try forEachPiece(body)
        } catch let error as ReaderError {
            throw error
        } catch let error as GzipError {
            throw ReaderError(path: path, message: " \(error)")
        } catch {
            // Enough.
        }
    }

    /// Bytes of a place; the reading position is at the start afterwards. Empty for pipes.
    private static func bytes(_ descriptor: Int32, from start: off_t, count: Int) -> [UInt8] {
        if lseek(descriptor, start, SEEK_SET) < 0 { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        lseek(descriptor, 0, SEEK_SET)
        return Array(bytes.prefix(max(0, got)))
    }

    /// False for pipes and terminals, which can be read once only.
    package var isSeekable: Bool { memory != nil || lseek(descriptor, 0, SEEK_CUR) >= 0 }

    /// Whether there is something of this path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

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
