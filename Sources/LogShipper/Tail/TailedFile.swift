#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A descriptor that closes itself when the last generation of a file lets go of it.
final class OpenDescriptor {
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
    let descriptor: OpenDescriptor
    let identity: FileIdentity
    let input: Int
    var path: String
    var fingerprint: Fingerprint
    var front: Int64
    var isInsideLongLine = false
    /// The same for the lag map's pass behind the front.
    var isPassInsideLongLine = false
    var lag: LagMap
    /// The files, or generations of files, that this one is a copy of.
    var originals: [Original] = []
    /// Lines that were counted as read and then given back, by tenant: they are not counted when they are read again.
    var givenBack: [TenantID: Int] = [:]
    /// Whether there may be unread bytes.
    var mayHaveMore = true
    /// No bytes will be read at the front any more.
    var isFinished = false
    var size: Int64 = 0
    /// The bytes before the front: at most `Marker.maxBytes`, and fewer only near the start of the file.
    private(set) var tail: [UInt8]

    init(
        serial: FileSerial, descriptor: OpenDescriptor, identity: FileIdentity, input: Int, path: String,
        fingerprint: Fingerprint, front: Int64, tail: [UInt8], lag: LagMap
    ) {
        self.serial = serial
        self.descriptor = descriptor
        self.identity = identity
        self.input = input
        self.path = path
        self.fingerprint = fingerprint
        self.front = front
        self.tail = tail
        self.lag = lag
    }

    /// Moves the front over bytes just read. `window` ends at the new front and starts at or before the old tail.
    func advance(by count: Int, window: UnsafeRawBufferPointer) {
        front += Int64(count)
        tail.removeAll(keepingCapacity: true)
        tail.append(contentsOf: window.suffix(Marker.maxBytes))
    }

    /// What the checkpoint and a search for copies remember, without what is in batches.
    func remembered(lag pending: [String: Int64], lastSeenSeconds: Int64) -> RememberedFile {
        RememberedFile(
            identity: identity, path: path, fingerprint: fingerprint, front: front, marker: Marker(tail),
            isInsideLongLine: isInsideLongLine, pending: pending, lastSeenSeconds: lastSeenSeconds)
    }
}
