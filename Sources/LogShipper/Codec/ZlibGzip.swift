import CZlib

/// gzip by zlib: always there, a quarter of ISA-L's speed.
final class ZlibGzip: BodyCodec {
    let contentEncoding = "gzip"
    let name: String
    private let stream: UnsafeMutablePointer<z_stream>

    init(level: Int32) throws(CodecError) {
        name = "zlib-\(level)"
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, plus 16 for the gzip wrapper.
        let code = gatehouse_deflate_init(stream, level, 15 + 16)
        guard code == Z_OK else {
            stream.deallocate()
            throw CodecError(codec: "zlib", code: code)
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func begin() throws(CodecError) {
        guard deflateReset(stream) == Z_OK else { throw CodecError(codec: "zlib", code: Z_STREAM_ERROR) }
    }

    func feed(_ part: UnsafeRawBufferPointer, isLast: Bool, into output: GrowableBytes) throws(CodecError) {
        var left = part
        while isLast || left.count > 0 {
            let give = min(left.count, 1 << 30)
            let room = max(64, min(1 << 30, deflateBoundGuess(left.count)))
            let target = output.room(room)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: left.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.pointee.avail_in = UInt32(give)
            stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(room)
            let code = deflate(stream, isLast && give == left.count ? Z_FINISH : Z_NO_FLUSH)
            output.count += room - Int(stream.pointee.avail_out)
            left = UnsafeRawBufferPointer(rebasing: left[(give - Int(stream.pointee.avail_in))...])
            if code == Z_STREAM_END { return }
            guard code == Z_OK || code == Z_BUF_ERROR else { throw CodecError(codec: "zlib", code: code) }
        }
    }

    /// Log lines shrink to about a quarter; a second round takes what does not.
    private func deflateBoundGuess(_ count: Int) -> Int { count / 3 + 256 }
}
