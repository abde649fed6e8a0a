/// Compresses one request body after another; belongs to one thread.
protocol BodyCodec: AnyObject {
    /// The value of `Content-Encoding`.
    var contentEncoding: String { get }
    /// What the codec is called in metrics and status, for example `isal-1`.
    var name: String { get }
    /// Starts a body; what was left of an unfinished one is forgotten.
    func begin() throws(CodecError)
    /// Appends the compressed form of the body's next part to `output`. With the last part the body is complete: for gzip
    /// exactly one member.
    func feed(_ part: UnsafeRawBufferPointer, isLast: Bool, into output: GrowableBytes) throws(CodecError)
}

extension BodyCodec {
    /// A whole body at once.
    func compress(_ input: UnsafeRawBufferPointer, into output: GrowableBytes) throws(CodecError) {
        try begin()
        try feed(input, isLast: true, into: output)
    }
}

/// A codec whose library takes a body as a whole.
protocol WholeBodyCodec: BodyCodec {
    /// The body so far.
    var parts: GrowableBytes { get }
    /// Appends the compressed form of a whole body to `output`.
    func pack(_ input: UnsafeRawBufferPointer, into output: GrowableBytes) throws(CodecError)
}

extension WholeBodyCodec {
    func begin() { parts.count = 0 }

    /// Compressed with the last part.
    func feed(_ part: UnsafeRawBufferPointer, isLast: Bool, into output: GrowableBytes) throws(CodecError) {
        if isLast, parts.count == 0 { return try pack(part, into: output) }
        parts.append(part)
        if isLast { try pack(parts.bytes, into: output) }
    }
}

/// A codec that failed, which is never expected and never silent; or one that is not to be had.
struct CodecError: Error, Equatable, CustomStringConvertible {
    var codec: String
    var code: Int32
    /// What to do about it, where that is known.
    var advice: String?

    init(codec: String, code: Int32) {
        self.codec = codec
        self.code = code
    }

    init(missing codec: String, library: String, package: String) {
        self.codec = codec
        code = 0
        advice =
            "compression: \(codec) needs \(library), which cannot be loaded; install it (Debian: \(package)) "
            + "or choose another compression"
    }

    var description: String { advice ?? "\(codec) failed with code \(code)" }
}

/// Finds the codec that a configuration asks for.
enum BodyCodecs {
    /// Returns nil for no compression.
    ///
    /// - Throws: an error that names the library and its package where one is needed that is not there.
    static func make(
        _ compression: ShipperConfiguration.Compression, level: Int
    ) throws(CodecError) -> (any BodyCodec)? {
        switch compression {
        case .none: return nil
        case .gzip: return try GzipCodec.make(level: level)
        case .zstd: return try ZstdCodec(level: level)
        case .snappy: return try SnappyCodec()
        }
    }

    /// Half text that repeats, half noise, so that literals, matches and stored blocks all occur: what codecs found at
    /// run time have to prove themselves on.
    static func sampleBytes(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        let text = Array("{\"ts\":\"2025-01-01T00:00:00Z\",\"tenant\":\"acme\",\"status\":200}\n".utf8)
        return (0..<count).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (index >> 12) & 1 == 0 ? text[index % text.count] : UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// What `body` writes and returns the count of; nil where that is negative or above `limit`.
    static func decompressed(_ limit: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: limit + 1)
        let count = output.withUnsafeMutableBytes(body)
        return (0...limit).contains(count) ? Array(output.prefix(count)) : nil
    }

    /// Whether samples of several sizes come back as they were.
    static func roundTrips(
        _ codec: any BodyCodec, _ decompress: (UnsafeRawBufferPointer, _ limit: Int) -> [UInt8]?
    ) -> Bool {
        [0, 1, 70, 100_000].allSatisfy { size in
            let sample = sampleBytes(size)
            let output = GrowableBytes()
            let isCompressed = sample.withUnsafeBytes { bytes in
                (try? codec.compress(bytes, into: output)) != nil
            }
            return isCompressed && decompress(output.bytes, size) == sample
        }
    }
}
