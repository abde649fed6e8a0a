import CZlib

/// The content of a gzip file as if it stood on the disk decompressed: any number of members, read at any offset. Going
/// back starts from the first byte again; the last piece read is kept, because a reader takes up where a line began.
///
/// Memory: the last piece, the input and zlib's state of some 40 KiB.
final class GzipContent {
    /// How the content ended, so far: a file that is being written grows on.
    enum End: Equatable {
        case open
        /// After a whole member.
        case complete
        /// Within a member.
        case cut
        /// Not what gzip writes; nothing behind `position` can be read.
        case corrupt
    }

    private static let inputBytes = 64 << 10
    private(set) var end = End.open
    /// The offset behind the last byte that was decompressed.
    private(set) var position: Int64 = 0
    private var stream: UnsafeMutablePointer<z_stream>?
    private var input: UnsafeMutableRawBufferPointer?
    /// Where in the file the next input stands.
    private(set) var inputOffset: Int64 = 0
    /// Between two members.
    private var isBetween = true
    private var last: [UInt8] = []
    private var lastOffset: Int64 = 0

    deinit {
        if let stream {
            inflateEnd(stream)
            stream.deallocate()
        }
        input?.deallocate()
    }

    /// The first offset that can be read without decompressing everything again.
    var firstOffset: Int64 { lastOffset }

    /// Whether bytes are those of a gzip file: the magic and the only method there is.
    static func isGzip(_ head: some Collection<UInt8>) -> Bool { head.starts(with: [0x1f, 0x8b, 0x08]) }

    func mayHaveContent(behind offset: Int64) -> Bool {
        position > offset || end == .open
    }

    /// Reads content at an offset; fewer bytes than asked only at its end, or at that of what is there by now.
    func read(
        _ descriptor: OpenDescriptor, into target: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(SystemError) -> Int {
        do throws(SystemError) {
            return try readOn(descriptor, into: target, at: offset)
        } catch {
            // zlib may be further than `position` says.
            rewind()
            throw error
        }
    }

    private func readOn(
        _ descriptor: OpenDescriptor, into target: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(SystemError) -> Int {
        if end == .cut || end == .complete { end = .open }
        if offset < lastOffset { rewind() }
        var filled = 0
        if offset < position {
            let kept = last[Int(offset - lastOffset)...].prefix(target.count)
            target.copyBytes(from: kept)
            filled = kept.count
            // All of it was there before: what is kept stays, so that the next read can go on behind it.
            if filled == target.count { return filled }
        }
        if try skip(descriptor, to: offset) {
            filled += try inflate(descriptor, UnsafeMutableRawBufferPointer(rebasing: target[filled...]))
        }
        last.removeAll(keepingCapacity: true)
        last.append(contentsOf: target[..<filled])
        lastOffset = filled > 0 ? offset : position
        return filled
    }

    private func rewind() {
        position = 0
        lastOffset = 0
        last.removeAll(keepingCapacity: true)
        inputOffset = 0
        isBetween = true
        end = .open
        if let stream {
            inflateReset(stream)
            stream.pointee.avail_in = 0
        }
    }

    /// Decompresses what stands before an offset; false where the content ends before it.
    private func skip(_ descriptor: OpenDescriptor, to offset: Int64) throws(SystemError) -> Bool {
        guard position < offset else { return true }
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
        defer { scratch.deallocate() }
        while position < offset {
            let room = Int(min(Int64(scratch.count), offset - position))
            let got = try inflate(descriptor, UnsafeMutableRawBufferPointer(rebasing: scratch[..<room]))
            if got == 0 { return false }
        }
        return true
    }

    /// Decompresses until the target is full or the input ends.
    private func inflate(
        _ descriptor: OpenDescriptor, _ target: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> Int {
        let stream = try openStream()
        var filled = 0
        while filled < target.count, end == .open {
            if stream.pointee.avail_in == 0, try !fill(descriptor, stream) {
                end = isBetween ? .complete : .cut
                break
            }
            if isBetween, !beginMember(stream) { break }
            let room = min(target.count - filled, 1 << 30)
            stream.pointee.next_out = target.baseAddress.map { ($0 + filled).assumingMemoryBound(to: UInt8.self) }
            stream.pointee.avail_out = UInt32(room)
            let code = CZlib.inflate(stream, Z_NO_FLUSH)
            filled += room - Int(stream.pointee.avail_out)
            if code == Z_STREAM_END {
                isBetween = true
            } else if code != Z_OK, code != Z_BUF_ERROR {
                end = .corrupt
            }
        }
        position += Int64(filled)
        return filled
    }

    /// A member follows, or zeros that pad the file, or something else, which gzip ignores and so do we.
    private func beginMember(_ stream: UnsafeMutablePointer<z_stream>) -> Bool {
        while stream.pointee.avail_in > 0, let byte = stream.pointee.next_in, byte.pointee == 0 {
            stream.pointee.next_in = byte + 1
            stream.pointee.avail_in -= 1
        }
        guard stream.pointee.avail_in > 0 else { return true }
        guard stream.pointee.next_in?.pointee == 0x1f else {
            end = position == 0 ? .corrupt : .complete
            return false
        }
        inflateReset(stream)
        isBetween = false
        return true
    }

    private func fill(
        _ descriptor: OpenDescriptor, _ stream: UnsafeMutablePointer<z_stream>
    ) throws(SystemError) -> Bool {
        let input = input ?? .allocate(byteCount: GzipContent.inputBytes, alignment: 64)
        self.input = input
        let got = try FileShell.read(descriptor, into: input, at: inputOffset)
        inputOffset += Int64(got)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(got)
        return got > 0
    }

    private func openStream() throws(SystemError) -> UnsafeMutablePointer<z_stream> {
        if let stream { return stream }
        let new = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        new.initialize(to: z_stream())
        // 15 bits of window, plus 16 for the gzip wrapper.
        guard gatehouse_inflate_init(new, 15 + 16) == Z_OK else {
            new.deallocate()
            throw SystemError("inflateInit", "", code: 12)
        }
        stream = new
        return new
    }
}
