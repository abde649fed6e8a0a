import CZlib

/// Undoes gzip, as whoever scrapes does.
enum Gunzip {
    struct Failure: Error {
        let code: Int32
    }

    static func decompress(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        var code = gatehouse_inflate_init(&stream, MAX_WBITS + 16)
        guard code == Z_OK else { throw Failure(code: code) }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: 1 << 16)
        var result: [UInt8] = []
        return try input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            while code != Z_STREAM_END {
                let size = output.withUnsafeMutableBufferPointer { output in
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    code = inflate(&stream, Z_NO_FLUSH)
                    return output.count - Int(stream.avail_out)
                }
                guard code == Z_OK || code == Z_STREAM_END else { throw Failure(code: code) }
                result.append(contentsOf: output[..<size])
            }
            return result
        }
    }
}
