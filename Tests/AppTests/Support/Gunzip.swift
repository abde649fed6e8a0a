import CZlib
import TestSupport

/// The contents of one gzip member; anything behind it is an error.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    guard gatehouse_inflate_init(&stream, 15 + 16) == Z_OK else { throw Absent(what: "zlib doesn't start") }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let status = input.withUnsafeMutableBufferPointer { input -> Int32 in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        var status = Z_OK
        while status == Z_OK {
            let produced = buffer.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                status = inflate(&stream, Z_NO_FLUSH)
                return buffer.count - Int(stream.avail_out)
            }
            output += buffer.prefix(produced)
        }
        return status
    }
    guard status == Z_STREAM_END, stream.avail_in == 0 else { throw Absent(what: "not one gzip member: \(status)") }
    return output
}
