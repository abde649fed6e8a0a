import CZlib

/// zlib refused to begin or to go on.
public struct GzipError: Error, Equatable, CustomStringConvertible {
    /// What failed, and zlib's code.
    public let description: String
}

/// Compresses a body piece by piece into gzip (RFC 1952).
///
/// A stream keeps about 256 KiB in zlib and the buffer of ``outputBytes``, for as long as it lives; ``reset()`` makes
/// it ready for the next body without allocating. One thread at a time.
public final class GzipStream {
    /// Bytes of the buffer whose contents the sink gets.
    public static let outputBytes = 32 << 10

    // zlib keeps the stream's address, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>

    /// Begins a body.
    ///
    /// - Parameter level: 1 (fast) to 9 (small), clamped
    public init(level: Int = 1) throws(GzipError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        output = .allocate(capacity: GzipStream.outputBytes)
        let code = gatehouse_deflate_init(stream, Int32(min(max(level, 1), 9)), MAX_WBITS + 16)
        guard code == Z_OK else {
            // The members that zlib allocates are null, which deflateEnd takes for an error and leaves alone.
            throw GzipError(description: "gzip cannot begin: zlib says \(code)")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        output.deallocate()
    }

    /// Compresses the next piece; the sink gets what is ready, valid during its call.
    public func write(
        _ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var position = 0
        // zlib counts in 32 bits.
        while position < bytes.count {
            let size = min(bytes.count - position, 1 << 30)
            try deflate(UnsafeRawBufferPointer(rebasing: bytes[position..<position + size]), Z_NO_FLUSH, sink)
            position += size
        }
    }

    /// Hands over everything written so far, so that the peer can read it; costs some compression.
    public func flush(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try deflate(UnsafeRawBufferPointer(start: nil, count: 0), Z_SYNC_FLUSH, sink)
    }

    /// Ends the body.
    public func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        try deflate(UnsafeRawBufferPointer(start: nil, count: 0), Z_FINISH, sink)
    }

    /// Begins another body, whatever became of the last one.
    public func reset() { deflateReset(stream) }

    private func deflate(
        _ input: UnsafeRawBufferPointer, _ flush: Int32, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        defer { stream.pointee.next_in = nil }
        repeat {
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            let code = CZlib.deflate(stream, flush)
            // Z_BUF_ERROR: there was nothing to do.
            guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
                throw GzipError(description: "gzip fails: zlib says \(code)")
            }
            let size = output.count - Int(stream.pointee.avail_out)
            if size > 0 { try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<size])) }
        } while stream.pointee.avail_out == 0
    }
}
