import CCodecs
import TestSupport
import Testing

@testable import LogShipper

@Suite("Gzip")
struct GzipCodecTests {
    private func check(_ codec: any BodyCodec, _ generator: inout SeededGenerator) throws {
        for size in [0, 1, 17, 4096, 65_535, 65_536, 1_048_577] {
            for isNoise in [false, true] {
                let input = (0..<size).map { index in
                    isNoise ? UInt8(truncatingIfNeeded: generator.next()) : UInt8(truncatingIfNeeded: 0x20 + index % 61)
                }
                let output = GrowableBytes()
                output.append("before")
                try input.withUnsafeBytes { try codec.compress($0, into: output) }
                let body = UnsafeRawBufferPointer(rebasing: output.bytes.dropFirst(6))
                #expect(GzipCodec.gunzipSingleMember(body, limit: size) == input, "\(codec.name) \(size) \(isNoise)")
            }
        }
    }

    @Test("zlib's output is one gzip member with exactly the input", arguments: [1, 6, 9])
    func zlib(_ level: Int32) throws {
        var generator = SeededGenerator.forTest(seed: 3)
        try check(ZlibGzip(level: level), &generator)
    }

    @Test("ISA-L's output is too, at every level and again and again", .enabled(if: gatehouse_isal_available() != 0))
    func isal() throws {
        var generator = SeededGenerator.forTest(seed: 4)
        for level in Int32(1)...3 {
            let codec = try #require(IsalGzip(level: level))
            try check(codec, &generator)
            try check(codec, &generator)
        }
        #expect(GzipCodec.isalIsTrusted)
        #expect(try GzipCodec.make(level: 1).name == "isal-1")
    }

    @Test("levels above ISA-L's go to zlib")
    func choice() throws {
        #expect(try GzipCodec.make(level: 6).name == "zlib-6")
        #expect(try GzipCodec.make(level: 99).name == "zlib-9")
    }

    @Test("a second member, a cut or a longer body is not accepted as one")
    func single() throws {
        let output = GrowableBytes()
        let input = Array("hello".utf8)
        try input.withUnsafeBytes { try ZlibGzip(level: 1).compress($0, into: output) }
        let once = Array(output.bytes)
        func gunzip(_ bytes: [UInt8], limit: Int = 10) -> [UInt8]? {
            bytes.withUnsafeBytes { GzipCodec.gunzipSingleMember($0, limit: limit) }
        }
        #expect(gunzip(once) == input)
        #expect(gunzip(once + once) == nil)
        #expect(gunzip(Array(once.dropLast())) == nil)
        #expect(gunzip(once, limit: 4) == nil)
    }
}
