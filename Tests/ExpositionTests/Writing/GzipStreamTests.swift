import CZlib
import Exposition
import TestSupport
import Testing

@Suite("Gzip")
struct GzipStreamTests {
    @Test("what goes in comes out, in whatever pieces, also from a stream that was reset")
    func roundTrip() throws {
        var random = SeededGenerator.forTest()
        let stream = try GzipStream(level: 1)
        for round in 0..<20 {
            let block = (0..<997).map { _ in UInt8(random.int(0...round * 12)) }
            let body = Array(Array(repeating: block, count: random.int(0...200)).joined())
            var packed: [UInt8] = []
            var start = 0
            while start < body.count {
                let end = min(start + random.int(1...50_000), body.count)
                try body[start..<end].withUnsafeBytes { piece in
                    try stream.write(piece) { packed += $0 }
                }
                if random.oneIn(3) { try stream.flush { packed += $0 } }
                start = end
            }
            try stream.finish { packed += $0 }
            #expect(try inflated(packed, count: body.count) == body)
            stream.reset()
        }
    }

    @Test("a sink that fails leaves a stream that can be used again")
    func failingSink() throws {
        struct Refused: Error {}
        let stream = try GzipStream(level: 99)
        #expect(throws: Refused.self) {
            try stream.finish { _ in throw Refused() }
        }
        stream.reset()
        var packed: [UInt8] = []
        try Array("hello".utf8).withUnsafeBytes { piece in
            try stream.write(piece) { packed += $0 }
        }
        try stream.finish { packed += $0 }
        #expect(try inflated(packed, count: 5) == Array("hello".utf8))
    }

    /// The body, which must end where the bytes do.
    private func inflated(_ packed: [UInt8], count: Int) throws -> [UInt8] {
        var stream = z_stream()
        try #require(gatehouse_inflate_init(&stream, MAX_WBITS + 16) == Z_OK)
        defer { inflateEnd(&stream) }
        var input = packed
        var output = [UInt8](repeating: 0, count: count + 1)
        let code = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        #expect(code == Z_STREAM_END)
        #expect(stream.avail_in == 0)
        return Array(output.prefix(Int(stream.total_out)))
    }
}
