import CCodecs

/// snappy's block format, which Loki's protobuf push demands, where `libsnappy.so.1` is found at run time.
final class SnappyCodec: WholeBodyCodec {
    let contentEncoding = "snappy"
    let parts = GrowableBytes()
    let name = "snappy"

    init() throws(CodecError) {
        guard SnappyCodec.isTrusted else {
            throw CodecError(missing: "snappy", library: "libsnappy.so.1", package: "libsnappy1v5")
        }
    }

    private init(untested: Void) {}

    /// The library is called by declarations of our own; a round trip proves it, once a process.
    static let isTrusted: Bool =
        gatehouse_snappy_available() != 0 && BodyCodecs.roundTrips(SnappyCodec(untested: ()), decompress)

    func pack(_ input: UnsafeRawBufferPointer, into output: GrowableBytes) throws(CodecError) {
        let bound = gatehouse_snappy_bound(input.count)
        let written = gatehouse_snappy_compress(output.room(bound), bound, input.baseAddress, input.count)
        guard written > 0, written <= bound else { throw CodecError(codec: "snappy", code: -1) }
        output.count += written
    }

    /// Decompresses one block; nil for anything else or above `limit`.
    static func decompress(_ input: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        guard gatehouse_snappy_available() != 0 else { return nil }
        return BodyCodecs.decompressed(limit) { target in
            gatehouse_snappy_decompress(target.baseAddress, target.count, input.baseAddress, input.count)
        }
    }
}
