import CZlib

/// Undoes gzip (RFC 1952) piece by piece; several members one after the other are one text.
///
/// Memory is zlib's window and a buffer of ``outputBytes``. One thread at a time.
public final class GunzipStream {
    /// Bytes of the buffer whose contents the sink gets.
    public static let outputBytes = 256 << 10

    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>
    /// Whether a member has begun and not ended.
    private var isInside = false

    /// Begins a text.
    public init() throws(GzipError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(capacity: GunzipStream.outputBytes)
        let code = gatehouse_inflate_init(stream, MAX_WBITS + 16)
        guard code == Z_OK else { throw GzipError(description: "gzip cannot begin: zlib says \(code)") }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        output.deallocate()
    }

    /// Reads the next piece, of at most 1 GiB; the sink gets what it holds, valid during its call.
    public func read(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard let base = bytes.baseAddress, let size = UInt32(exactly: bytes.count) else { return }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: base.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = size
        defer { stream.pointee.next_in = nil }
        while stream.pointee.avail_in > 0 || isInside {
            isInside = true
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = inflate(stream, Z_NO_FLUSH)
            // What comes before the damage is handed over first, however the data is cut.
            let count = output.count - Int(stream.pointee.avail_out)
            if count > 0 { try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<count])) }
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
                throw GzipError(description: "the gzip data is broken: zlib says \(code)")
            }
            if code == Z_STREAM_END {
                isInside = false
                inflateReset(stream)
            } else if stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 {
                return
            }
        }
    }

    /// Ends the text: the last member must be whole.
    public func finish() throws(GzipError) {
        if isInside { throw GzipError(description: "the gzip data ends in the middle") }
    }
}
