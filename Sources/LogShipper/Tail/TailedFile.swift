#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A descriptor that closes itself when the last generation of a file lets go of it.
final class OpenDescriptor: Sendable {
    let number: Int32
    init(_ number: Int32) { self.number = number }
    deinit { close(number) }
}

/// One generation of an open file: how far its front was read, and which tenants are behind.
///
/// The front always stands at the start of a line, except inside a line that is too long and being skipped.
final class TailedFile {
    /// What a copy was made from: batches that hold the original's lines before `end` hold this file's lines.
    struct Original {
        var serial: FileSerial
        var end: Int64
    }

    let serial: FileSerial
    let source: FileSource
    let input: Int
    /// See ``FileKey``.
    let key: UInt64
    var fingerprint: Fingerprint
    var front: Int64
    var isInsideLongLine = false
    /// The same for the lag map's pass behind the front.
    var isPassInsideLongLine = false
    /// Where the next piece of a line that is sent in pieces starts, if it was not its last.
    var pieceOffset: Int64 = -1
    /// The file's size when there was nothing but NULs from the front to its end.
    var emptySize: Int64 = -1
    var lag: LagMap
    /// The files, or generations of files, that this one is a copy of.
    var originals: [Original] = []
    /// Lines that were counted as read and then given back, by tenant: they are not counted when they are read again.
    var givenBack: [TenantID: Int] = [:]
    /// Which lines were given back, of tenants that have rules.
    var reread: [TenantID: RereadLines] = [:]
    /// The original that is read instead of this copy.
    var shadowOf: FileSerial?
    /// The file whose name this one has now, or of which it is the next one: it is read before this one.
    var predecessor: FileSerial?
    /// It stands in the list of those that want a turn.
    var isQueued = false
    /// Up to where the file was read when no complete line followed any more.
    var seenEnd: Int64 = 0
    /// How often in a row it could not be read, and when it is tried again.
    var readFailures = 0
    var retryNanos: Int64 = 0
    /// No bytes will be read at the front any more.
    var isFinished = false
    var size: Int64 = 0
    /// Bytes on the disk when it was last looked at; for a compressed file fewer than its content has.
    var diskSize: Int64 = 0
    /// The bytes before the front: at most `Marker.maxBytes`, and fewer only near the start of the file.
    private(set) var tail: [UInt8]

    /// Where reading starts.
    struct Start {
        var front: Int64 = 0
        var isInsideLongLine = false
        var lag = LagMap()
        var originals: [Original] = []
        var key: UInt64 = 0
        /// The live file that this is a copy of.
        var shadowOf: FileSerial?
        var givenBack: [TenantID: Int] = [:]
        var reread: [TenantID: RereadLines] = [:]
    }

    init(serial: FileSerial, source: FileSource, input: Int, fingerprint: Fingerprint, start: Start, size: Int64) {
        self.serial = serial
        self.source = source
        self.input = input
        self.fingerprint = fingerprint
        self.size = size
        front = start.front
        isInsideLongLine = start.isInsideLongLine
        lag = start.lag
        originals = start.originals
        key = start.key
        shadowOf = start.shadowOf
        givenBack = start.givenBack
        reread = start.reread
        let tailBytes = Int(min(start.front, Int64(Marker.maxBytes)))
        tail = source.bytes(at: start.front - Int64(tailBytes), count: tailBytes) ?? []
    }

    var identity: FileIdentity { source.identity }
    var path: String { source.path }
    /// Whether there may be unread bytes at the front.
    var mayHaveMore: Bool { source.mayHaveMore }

    /// Bytes known to be there that were not read for everyone.
    var unreadBytes: Int64 { max(0, size - front) + (lag.pending().values.min().map { max(0, front - $0) } ?? 0) }

    /// Moves the front over bytes just read. `window` ends at the new front and starts at or before the old tail.
    func advance(by count: Int, window: UnsafeRawBufferPointer) {
        front += Int64(count)
        tail.removeAll(keepingCapacity: true)
        tail.append(contentsOf: window.suffix(Marker.maxBytes))
    }

    /// Moves the front over bytes that are no line.
    func jump(to offset: Int64) {
        front = offset
        let count = Int(min(offset, Int64(Marker.maxBytes)))
        tail = source.bytes(at: offset - Int64(count), count: count) ?? []
    }

    /// What the checkpoint and a search for copies remember, without what is in batches.
    func remembered(lag pending: [String: Int64], lastSeenSeconds: Int64) -> RememberedFile {
        RememberedFile(
            identity: identity, path: path, fingerprint: fingerprint, front: front, marker: Marker(tail),
            isInsideLongLine: isInsideLongLine, pending: pending, lastSeenSeconds: lastSeenSeconds, key: key,
            unreadBytes: isFinished ? 0 : max(0, size - front),
            realPath: source.realPath == path ? nil : source.realPath)
    }
}
