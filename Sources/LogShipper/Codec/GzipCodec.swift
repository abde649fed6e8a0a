import CZlib

/// Chooses the gzip codec of this process.
enum GzipCodec {
    /// ISA-L up to level 3 where the library is there and proves itself, else zlib. zlib's level 0 would not compress at
    /// all, so its level 1 stands in for ISA-L's 0.
    static func make(level: Int) throws(CodecError) -> any BodyCodec {
        let level = Int32(clamping: max(0, min(9, level)))
        if level <= 3, isalIsTrusted, let codec = IsalGzip(level: level) { return codec }
        return try ZlibGzip(level: max(1, level))
    }

    /// ISA-L is called by a layout that we declare ourselves; a round trip through zlib proves it, once a process.
    static let isalIsTrusted: Bool = {
        (0...3).allSatisfy { level in
            guard let codec = IsalGzip(level: Int32(level)) else { return false }
            return BodyCodecs.roundTrips(codec, gunzipSingleMember)
        }
    }()

    /// Inflates exactly one gzip member that ends where the input ends; nil for anything else or above `limit`.
    static func gunzipSingleMember(_ input: UnsafeRawBufferPointer, limit: Int) -> [UInt8]? {
        var stream = z_stream()
        guard gatehouse_inflate_init(&stream, 15 + 16) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: limit + 1)
        let code = output.withUnsafeMutableBytes { target in
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(clamping: input.count)
            stream.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(clamping: target.count)
            return inflate(&stream, Z_FINISH)
        }
        guard code == Z_STREAM_END, stream.avail_in == 0, Int(stream.total_out) <= limit else { return nil }
        return Array(output.prefix(Int(stream.total_out)))
    }
}
