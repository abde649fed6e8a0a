import CCodecs
import TestSupport
import Testing

@testable import LogShipper

@Suite("zstd and snappy")
struct BlockCodecTests {
    private func check(_ codec: any BodyCodec, _ decompress: (UnsafeRawBufferPointer, Int) -> [UInt8]?) throws {
        for size in [0, 1, 17, 65_536, 1_048_577, 3] {
            let input = BodyCodecs.sampleBytes(size)
            let output = GrowableBytes()
            output.append("before")
            try input.withUnsafeBytes { try codec.compress($0, into: output) }
            let body = UnsafeRawBufferPointer(rebasing: output.bytes.dropFirst(6))
            #expect(decompress(body, size) == input)
            if size > 0 { #expect(decompress(body, size - 1) == nil) }
            #expect(decompress(UnsafeRawBufferPointer(rebasing: body.dropLast()), size) == nil)
        }
    }

    @Test("zstd gives back what went in, at several levels", .enabled(if: gatehouse_zstd_available() != 0))
    func zstd() throws {
        for level in [1, 3, 19] { try check(ZstdCodec(level: level), ZstdCodec.decompress) }
        #expect(try ZstdCodec(level: 99).name == "zstd-19")
    }

    @Test("snappy gives back what went in", .enabled(if: gatehouse_snappy_available() != 0))
    func snappy() throws {
        try check(SnappyCodec(), SnappyCodec.decompress)
    }

    @Test("a library that is not there is an error that names it and its package")
    func missing() throws {
        let error = CodecError(missing: "snappy", library: "libsnappy.so.1", package: "libsnappy1v5")
        #expect("\(error)".contains("compression: snappy needs libsnappy.so.1"))
        #expect("\(error)".contains("Debian: libsnappy1v5"))
        guard gatehouse_snappy_available() == 0 else { return }
        #expect(throws: error) { try BodyCodecs.make(.snappy, level: 1) }
    }
}
