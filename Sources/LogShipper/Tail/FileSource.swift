#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file on the disk and the way to its bytes. Its descriptor comes and goes: a file that is closed is opened again by
/// its name when it is read, and an identity that changed meanwhile is an error (ESTALE).
///
/// Offsets are offsets of the content, which for a gzip file is what it holds.
final class FileSource {
    let identity: FileIdentity
    private(set) var path: String
    /// The path without links, by which the file is opened again: a link may lead elsewhere by then.
    var realPath: String
    /// Only the descriptor leads to the file: it has left the globs.
    var isPinned = false
    /// Whether there may be bytes that were not read.
    var mayHaveMore = true
    /// It was opened again, and its first bytes have not been compared since.
    var isUnverified = false
    var lastUse: UInt64 = 0
    var poolIndex: Int?
    /// Goes to the file before the reader does; nil for a local file.
    var guardian: DeviceGuard?
    /// Whether the content is what the file holds decompressed.
    let isGzip: Bool
    /// At most two places in the content: that of the front and that of a pass behind it.
    private var places: [GzipContent] = []
    private let pool: DescriptorPool
    private var descriptor: OpenDescriptor?
    private var openError: Int32 = 0

    /// Whether it could not be opened for a reason that has nothing to do with the file.
    var mayOpenLater: Bool { [EMFILE, ENFILE, ENOMEM, EIO, EINTR, EAGAIN].contains(openError) }

    /// Takes over a descriptor that was just opened.
    init(_ descriptor: OpenDescriptor, identity: FileIdentity, path: String, isGzip: Bool, pool: DescriptorPool) {
        self.identity = identity
        self.path = path
        realPath = FileShell.realPath(descriptor) ?? path
        self.descriptor = descriptor
        self.isGzip = isGzip
        self.pool = pool
        pool.admit(self)
        pool.touch(self)
    }

    /// The number of the descriptor while it is open.
    var openNumber: Int32? { descriptor?.number }

    /// The globs found the file under another name.
    func rename(to path: String) {
        self.path = path
        realPath = descriptor.flatMap(FileShell.realPath) ?? path
    }

    /// Lets go of the descriptor and of what decompressing needs. The pool holds open sources, so whoever is done with a
    /// source must close it.
    func close() {
        descriptor = nil
        places = []
        pool.forget(self)
    }

    /// Reads content at an offset; fewer bytes than asked only at its end.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        let descriptor = try use()
        guard isGzip else { return try FileShell.read(descriptor, into: target, at: offset) }
        return try place(for: offset).read(descriptor, into: target, at: offset)
    }

    /// Reads up to `count` bytes into an array; nil on an error.
    func bytes(at offset: Int64, count: Int) -> [UInt8]? {
        guard offset >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = bytes.withUnsafeMutableBytes { target in (try? read(into: target, at: offset)) ?? -1 }
        guard got >= 0 else { return nil }
        bytes.removeLast(count - got)
        return bytes
    }

    /// Bytes as they are on the disk, compressed or not.
    func diskBytes(at offset: Int64, count: Int) -> [UInt8]? {
        (try? use()).flatMap { FileShell.bytes($0, at: offset, count: count) }
    }

    /// Whether content stands behind an offset; nil where the file cannot be asked.
    func hasContent(behind offset: Int64) -> Bool? {
        guard guardian == nil else { return nil }
        guard let descriptor = try? use() else { return nil }
        if isGzip { return places.first?.mayHaveContent(behind: offset) ?? true }
        return FileShell.size(descriptor).map { $0 > offset }
    }

    /// The next offset from here that may hold anything but NULs, as far as the file system knows.
    func dataOffset(from offset: Int64) -> Int64 {
        guard !isGzip, let descriptor, let size = FileShell.size(descriptor), offset < size else { return offset }
        let data = lseek(descriptor.number, off_t(offset), seekData)
        return data < 0 ? (errno == ENXIO ? size : offset) : Int64(data)
    }

    /// What reading at an offset does to the device.
    func touch(at offset: Int64) -> DeviceGuard.Touch {
        guard let descriptor else { return .open(path: realPath) }
        let start = isGzip ? places.first?.inputOffset ?? 0 : offset
        return .read(descriptor, offset: max(0, start - Int64(Marker.maxBytes)))
    }

    /// Whether a name still leads to the file; one that was deleted lives only as long as its descriptors.
    var hasName: Bool {
        guard guardian == nil else { return true }
        guard let descriptor = try? use() else { return false }
        return FileShell.hasName(descriptor)
    }

    /// Bytes on the disk that a file without a name holds; nil while it has one.
    var deletedBytes: Int64? {
        guard guardian == nil, let descriptor, !FileShell.hasName(descriptor) else { return nil }
        return FileShell.size(descriptor)
    }

    /// Keeps the descriptor from now on, because the name may be lost. Returns whether there is one.
    func pin() -> Bool {
        isPinned = guardian == nil ? (try? use()) != nil : descriptor != nil
        return isPinned
    }

    /// Where the content ends; nil where the file cannot be asked.
    var contentEnd: Int64? {
        if isGzip { return skipToEnd() }
        guard let descriptor = try? use() else { return nil }
        return FileShell.size(descriptor)
    }

    /// Decompresses everything there is and returns where it ends.
    func skipToEnd() -> Int64 {
        var offset: Int64 = 0
        while let bytes = bytes(at: offset, count: 64 << 10), !bytes.isEmpty { offset += Int64(bytes.count) }
        return offset
    }

    /// How the content of a gzip file ended, as far as it was read.
    var gzipEnd: GzipContent.End { places.first { $0.end != .open }?.end ?? .open }

    /// Gives back what decompressing needs; the next read starts from the first byte.
    func rest() { places = [] }

    /// The nearest place at or before an offset, so that as little as possible is decompressed again.
    private func place(for offset: Int64) -> GzipContent {
        if let near = places.filter({ $0.firstOffset <= offset }).max(by: { $0.firstOffset < $1.firstOffset }) {
            return near
        }
        if places.count < 2 { places.append(GzipContent()) }
        return places[places.count - 1]
    }

    private func use() throws(SystemError) -> OpenDescriptor {
        if let guardian, guardian.isHanging(nowNanos: Clock.monotonicNanos()) {
            throw SystemError("open", realPath, code: EAGAIN)
        }
        pool.touch(self)
        if let descriptor { return descriptor }
        let opened = try openAgain()
        guard opened.identity == identity else { throw SystemError("open", realPath, code: ESTALE) }
        descriptor = opened.descriptor
        isUnverified = true
        pool.admit(self)
        return opened.descriptor
    }

    private func openAgain() throws(SystemError) -> (descriptor: OpenDescriptor, identity: FileIdentity, size: Int64) {
        do throws(SystemError) {
            openError = 0
            return try pool.openFile(realPath)
        } catch {
            openError = error.code
            throw error
        }
    }
}

/// SEEK_DATA of Linux, which is hidden without a feature macro.
private let seekData: Int32 = 3
