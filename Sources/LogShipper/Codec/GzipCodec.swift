import CZlib

/// Chooses the gzip codec of this process.
enum GzipCodec {
    /// ISA-L up to level 3 where the library is there and proves itself, else zlib.
    static func make(level: Int) throws(CodecError) -> any BodyCodec {
        let level = Int32(clamping: max(1, min(9, level)))
        if level <= 3, isalIsTrusted, let codec = IsalGzip(level: level) { return codec }
        return try ZlibGzip(level: level)
    }

    /// ISA-L is called by a layout that we declare ourselves; a round trip through zlib proves it, once a process.
    static let isalIsTrusted: Bool = {
        (1...3).allSatisfy { level in
            guard let codec = IsalGzip(level: Int32(level)) else { return false }
            return roundTrips(codec)
        }
    }()

    static func roundTrips(_ codec: any BodyCodec) -> Bool {
        [0, 1, 70, 300_000].allSatisfy { size in
            let sample = sampleBytes(size)
            let output = GrowableBytes()
            let isCompressed = sample.withUnsafeBytes { bytes in
                (try? codec.compress(bytes, into: output)) != nil
            }
            return isCompressed && gunzipSingleMember(output.bytes, limit: size) == sample
        }
    }

    /// Half text that repeats, half noise, so that literals, matches and stored blocks all occur.
    private static func sampleBytes(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        let text = Array("{\"ts\":\"2025-01-01T00:00:00Z\",\"tenant\":\"acme\",\"status\":200}\n".utf8)
        return (0..<count).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (index >> 12) & 1 == 0 ? text[index % text.count] : UInt8(truncatingIfNeeded: state >> 56)
        }
    }

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
