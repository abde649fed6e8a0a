import CZlib

/// Unpacks a gzip body (RFC 1952), several members as well, up to a bound.
enum GzipReader {
    struct Failure: Error {
        var message: String
    }

    static func unpack(_ body: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        guard gatehouse_inflate_init(&stream, 15 + 16) == Z_OK else { throw Failure(message: "zlib could not start") }
        defer { inflateEnd(&stream) }
        var input = body
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var code = Z_OK
        let isFine = input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(clamping: source.count)
            while stream.avail_in > 0 || code == Z_OK {
                let written = chunk.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    code = inflate(&stream, Z_NO_FLUSH)
                    return target.count - Int(stream.avail_out)
                }
                output += chunk[..<written]
                guard output.count <= limit else { return false }
                if code == Z_STREAM_END {
                    if stream.avail_in == 0 { return true }
                    code = inflateReset(&stream)
                }
                guard code == Z_OK, written > 0 || stream.avail_in > 0 else { return false }
            }
            return code == Z_STREAM_END
        }
        guard isFine else { throw Failure(message: "the body is no complete gzip stream, or is too large") }
        return output
    }
}
