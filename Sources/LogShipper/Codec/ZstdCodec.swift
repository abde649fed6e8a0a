import CCodecs

/// zstd, one frame a body, where `libzstd.so.1` is found at run time.
final class ZstdCodec: WholeBodyCodec {
    let contentEncoding = "zstd"
    let parts = GrowableBytes()
    let name: String
    private let context: UnsafeMutableRawPointer
    private let level: Int32

    /// - Parameter level: 1 … 19; others are brought into that range.
    convenience init(level: Int) throws(CodecError) {
        guard ZstdCodec.isTrusted else {
            throw CodecError(missing: "zstd", library: "libzstd.so.1", package: "libzstd1")
        }
        try self.init(untested: level)
    }

    private init(untested level: Int) throws(CodecError) {
        guard let context = gatehouse_zstd_create() else {
            throw CodecError(missing: "zstd", library: "libzstd.so.1", package: "libzstd1")
        }
        self.context = context
        self.level = Int32(clamping: max(1, min(19, level)))
        name = "zstd-\(self.level)"
    }

    deinit {
        gatehouse_zstd_destroy(context)
    }

    /// The library is called by declarations of our own; a round trip proves it, once a process.
    static let isTrusted: Bool = {
        guard let codec = try? ZstdCodec(untested: 1) else { return false }
        return BodyCodecs.roundTrips(codec, decompress)
    }()

    func pack(_ input: UnsafeRawBufferPointer, into output: GrowableBytes) throws(CodecError) {
        let bound = gatehouse_zstd_bound(input.count)
        let written = gatehouse_zstd_compress(
            context, output.room(bound), bound, input.baseAddress, input.count, level)
        // Even an empty input makes a frame of nine bytes, so nothing written is an error.
        guard written > 0, written <= bound else { throw CodecError(codec: "zstd", code: -1) }
        output.count += written
    }

    /// Decompresses one frame; nil for anything else or above `limit`.
    static func decompress(_ input: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        guard gatehouse_zstd_available() != 0 else { return nil }
        return BodyCodecs.decompressed(limit) { target in
            gatehouse_zstd_decompress(target.baseAddress, target.count, input.baseAddress, input.count)
        }
    }
}
