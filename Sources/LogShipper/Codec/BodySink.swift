import CurlHTTP

/// Where an encoder writes a request's body: the bytes are compressed piece by piece while they are still in the
/// processor's cache, and the uncompressed body never exists as a whole.
///
/// Belongs to the sender's thread. One body after another: `begin`, writing, `finish`.
final class BodySink {
    /// Encoders append to it, and call `drainIfFull` between lines.
    let body = GrowableBytes(capacity: BodySink.drainBytes + (16 << 10))
    /// Bytes of the body before compression, without what still stands in `body`.
    private var drainedBytes = 0
    private let compressed = GrowableBytes()
    private let codec: (any BodyCodec)?
    private var failure: CodecError?

    /// How much is compressed at a time. ISA-L copies the 32 KiB before and behind each piece, which costs more than
    /// gathering pieces here does; and all of it still fits in the second-level cache.
    static let drainBytes = 256 << 10

    init(codec: (any BodyCodec)?) {
        self.codec = codec
    }

    /// What the body will be called on the wire; nil where it is not compressed.
    var contentEncoding: String? { codec?.contentEncoding }
    /// What the codec is called in status and logs.
    var codecName: String { codec?.name ?? "none" }

    func begin() throws(CodecError) {
        body.count = 0
        compressed.count = 0
        drainedBytes = 0
        failure = nil
        try codec?.begin()
    }

    @inline(__always)
    func drainIfFull() {
        if body.count >= BodySink.drainBytes, codec != nil { drain(isLast: false) }
    }

    /// Adds bytes that need no encoding. Many at once are not copied.
    func pass(_ bytes: UnsafeRawBufferPointer) {
        if let codec, body.count == 0, bytes.count >= BodySink.drainBytes {
            drainedBytes += bytes.count
            return feed(codec, bytes, isLast: false)
        }
        body.append(bytes)
        drainIfFull()
    }

    /// The finished body, and how long it was before compression.
    func finish() throws(CodecError) -> (body: BodyBuffer, plainBytes: Int) {
        guard codec != nil else {
            let count = body.count
            return (body.takeBody(), count)
        }
        drain(isLast: true)
        if let failure { throw failure }
        return (BodyBuffer(copying: compressed.bytes), drainedBytes)
    }

    private func drain(isLast: Bool) {
        guard let codec, isLast || body.count > 0 else { return }
        drainedBytes += body.count
        feed(codec, body.bytes, isLast: isLast)
        body.count = 0
    }

    private func feed(_ codec: any BodyCodec, _ bytes: UnsafeRawBufferPointer, isLast: Bool) {
        guard failure == nil else { return }
        do throws(CodecError) {
            try codec.feed(bytes, isLast: isLast, into: compressed)
        } catch {
            failure = error
        }
    }
}
