import Exposition

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file read from front to back in pieces, unpacked when it is gzip; closed when it goes away.
///
/// Of a pipe the beginning is kept in memory, so that it can be looked at before it is read.
package struct InputFile: ~Copyable {
    /// The first bytes of a text.
    package struct Beginning {
        /// At most as many as were asked for.
        package var bytes: [UInt8]
        /// Whether there are no more.
        package var isWhole: Bool
    }

    /// What standard input is called on the command line, and in messages.
    package static let standardInput = "-"
    package static let standardInputName = "<stdin>"

    private let descriptor: Int32
    private let path: String
    /// Told by the first two bytes.
    private let isGzip: Bool
    /// Whether it is unpacked while it is read.
    package var isPacked: Bool { isGzip }
    /// What is read instead of a file, and how much at once; for tests.
    private let memory: [UInt8]?
    private let pieceBytes: Int
    /// What was read already of a pipe, and whether that is all.
    private let begun: Beginning
    /// Ends the waiting for a pipe; nil waits as long as it takes.
    private let isCancelled: (@Sendable () -> Bool)?
    /// False for pipes and terminals, which can be read once only.
    package let isSeekable: Bool

    /// Bytes of a pipe that are read ahead.
    private static let begunBytes = 1 << 16

    /// What is known of a file once it is open.
    private struct Opened {
        var descriptor: Int32
        var isSeekable: Bool
        var isGzip: Bool
        var begun: Beginning
    }

    /// Opens the file, or standard input for `-`; without `unpacksGzip` its bytes are given as they are.
    package init(
        _ path: String, unpacksGzip: Bool = true, isCancelled: (@Sendable () -> Bool)? = nil
    ) throws(ReaderError) {
        // Nothing may be thrown behind the first assignment: optimized, that released what was never assigned.
        let name = path == InputFile.standardInput ? InputFile.standardInputName : path
        let opened = try InputFile.opened(path, name, unpacksGzip, isCancelled)
        self.path = name
        descriptor = opened.descriptor
        isSeekable = opened.isSeekable
        isGzip = opened.isGzip
        begun = opened.begun
        memory = nil
        self.isCancelled = isCancelled
        pieceBytes = 1 << 18
    }

    private static func opened(
        _ path: String, _ name: String, _ unpacksGzip: Bool, _ isCancelled: (@Sendable () -> Bool)?
    ) throws(ReaderError) -> Opened {
        let isStandard = path == standardInput
        // Without O_NONBLOCK a named pipe opens only when somebody writes.
        let waits = isCancelled != nil && isNamedPipe(path) ? O_NONBLOCK : 0
        let descriptor = isStandard ? fcntl(0, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | waits)
        if descriptor < 0 { throw ReaderError(path: name, message: " " + lastError) }
        let isSeekable = !isStandard && lseek(descriptor, 0, SEEK_CUR) >= 0
        var begun = Beginning(bytes: [], isWhole: true)
        if !isSeekable, let failure = readAhead(descriptor, isCancelled, &begun) {
            close(descriptor)
            throw ReaderError(path: name, message: " " + failure)
        }
        let first = isSeekable ? bytes(descriptor, from: 0, count: 2) : Array(begun.bytes.prefix(2))
        return Opened(
            descriptor: descriptor, isSeekable: isSeekable, isGzip: unpacksGzip && first == [0x1f, 0x8b], begun: begun)
    }

    /// Bytes in a file's place, which come in pieces of a size.
    package init(bytes: [UInt8], pieceBytes: Int) {
        path = "memory"
        descriptor = -1
        memory = bytes
        isCancelled = nil
        self.pieceBytes = max(1, pieceBytes)
        begun = Beginning(bytes: [], isWhole: true)
        isSeekable = true
        isGzip = bytes.starts(with: [0x1f, 0x8b])
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private static var lastError: String { String(cString: strerror(errno)) }

    private static func isNamedPipe(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }

    /// Waits until a pipe has bytes or has ended.
    ///
    /// - Returns: false when that was cancelled.
    private static func waitForBytes(_ descriptor: Int32, _ isCancelled: (@Sendable () -> Bool)?) -> Bool {
        guard let isCancelled else { return true }
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            if isCancelled() { return false }
            let count = poll(&wanted, 1, 50)
            // What poll refuses, read tells better.
            if count > 0 || count < 0 && errno != EINTR { return true }
        }
    }

    /// Reads the beginning of what can be read once only.
    ///
    /// - Returns: why that failed.
    private static func readAhead(
        _ descriptor: Int32, _ isCancelled: (@Sendable () -> Bool)?, _ begun: inout Beginning
    ) -> String? {
        var buffer = [UInt8](repeating: 0, count: begunBytes)
        var count = 0
        while count < buffer.count {
            guard waitForBytes(descriptor, isCancelled) else { return "reading was cancelled" }
            let got = buffer.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
            }
            if got < 0, errno == EINTR || errno == EAGAIN && isCancelled != nil { continue }
            if got < 0 { return lastError }
            if got == 0 { break }
            count += got
        }
        begun = Beginning(bytes: Array(buffer[..<count]), isWhole: count < buffer.count)
        return nil
    }

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
        if !begun.bytes.isEmpty { try begun.bytes.withUnsafeBytes(body) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            guard isSeekable || InputFile.waitForBytes(descriptor, isCancelled) else {
                throw ReaderError(path: path, message: " reading was cancelled")
            }
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN && isCancelled != nil { continue }
                throw ReaderError(path: path, message: " " + String(cString: strerror(errno)))
            }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The last bytes of the text; the reading position is at the start again afterwards. Packed text is unpacked once
    /// for it. Nil for pipes that go on behind what was read ahead.
    package borrowing func tail(_ count: Int) throws(ReaderError) -> [UInt8]? {
        guard isSeekable || begun.isWhole else { return nil }
        guard isGzip else {
            if !isSeekable { return Array(begun.bytes.suffix(count)) }
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

    /// The first bytes of the text; the reading position is at the start again afterwards. Of pipes not more than what
    /// was read ahead.
    package borrowing func head(_ count: Int) throws(ReaderError) -> Beginning {
        guard isGzip else {
            if !isSeekable {
                return Beginning(
                    bytes: Array(begun.bytes.prefix(count)), isWhole: begun.isWhole && begun.bytes.count <= count)
            }
            let bytes =
                memory.map { Array($0.prefix(count + 1)) } ?? InputFile.bytes(descriptor, from: 0, count: count + 1)
            return Beginning(bytes: Array(bytes.prefix(count)), isWhole: bytes.count <= count)
        }
        var first: [UInt8] = []
        var isWhole = true
        try unpack { piece in
            if first.count + piece.count > count { isWhole = false }
            first.append(contentsOf: piece.prefix(count - first.count))
            if !isWhole { throw Enough() }
        }
        return Beginning(bytes: first, isWhole: isWhole && (isSeekable || begun.isWhole))
    }

    private struct Enough: Error {}

    /// Unpacks from the start until the end, the end of what was read ahead, or until the body has enough.
    private borrowing func unpack(_ body: (UnsafeRawBufferPointer) throws -> Void) throws(ReaderError) {
        defer { if descriptor >= 0, isSeekable { lseek(descriptor, 0, SEEK_SET) } }
        do {
            if isSeekable {
                try forEachPiece(body)
            } else {
                let gunzip = try GunzipStream()
                try begun.bytes.withUnsafeBytes { try gunzip.read($0, to: body) }
            }
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

    /// Whether there is something of this path.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether the path is a folder.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

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
