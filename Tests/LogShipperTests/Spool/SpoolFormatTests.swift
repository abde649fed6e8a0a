import TestSupport
import Testing

@testable import LogShipper

@Suite("Spool format")
struct SpoolFormatTests {
    @Test("a segment's number leaves room for the next one")
    func numbers() {
        #expect(SpoolSegment.number("000000000042.seg") == 42)
        for name in ["18446744073709551615.seg", "281474976710656.seg", "-1.seg", "x.seg", ".seg", "42"] {
            #expect(SpoolSegment.number(name) == nil, "\(name)")
        }
    }

    @Test("a segment's header is read again, and every cut and every changed byte is noticed")
    func segmentHeader() throws {
        for (tenant, key) in [("acme", nil), ("", 7), (String(repeating: "t", count: 64), UInt64.max)] {
            let header = SegmentHeader(tenant: tenant, keyID: key, salt: 1 << 63, incarnation: 99)
            let bytes = header.encoded()
            #expect(bytes.count <= SegmentHeader.maxBytes)
            let (read, length) = try SegmentHeader.decode(bytes + [1, 2, 3])
            #expect(read == header)
            #expect(length == bytes.count)
            for count in bytes.indices {
                #expect(throws: SegmentHeader.Problem.self) { try SegmentHeader.decode(Array(bytes.prefix(count))) }
                var changed = bytes
                changed[count] ^= 0x20
                #expect(throws: SegmentHeader.Problem.self) { try SegmentHeader.decode(changed) }
            }
        }
    }

    @Test("a version from the future is told by its number")
    func foreignVersion() {
        var bytes = SegmentHeader(tenant: "acme", keyID: nil, salt: 1, incarnation: 2).encoded()
        bytes[8] = 2
        let crc = Array(bytes.dropLast(4)).withUnsafeBytes { SpoolCRC.of($0) }
        withUnsafeBytes(of: crc.littleEndian) { bytes.replaceSubrange((bytes.count - 4)..., with: $0) }
        #expect(throws: SegmentHeader.Problem.version(2)) { try SegmentHeader.decode(bytes) }
    }

    @Test("a frame's header is only one under its segment's salt")
    func frameHeader() {
        let header = FrameHeader(
            storedBytes: 100, plainBytes: 200, start: SpoolMark(lines: 1 << 40, bytes: 1 << 50),
            amount: SpoolAmount(lines: 3, bytes: 90), number: 5, isCompressed: true)
        let bytes = header.encoded(salt: 77)
        #expect(bytes.count == FrameHeader.size)
        #expect(bytes.withUnsafeBytes { FrameHeader($0, salt: 77) } == header)
        #expect(bytes.withUnsafeBytes { FrameHeader($0, salt: 78) } == nil)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(changed.withUnsafeBytes { FrameHeader($0, salt: 77) } == nil)
        }
    }

    @Test("a block keeps lines with any bytes, from any number of sources, at any offsets")
    func block() throws {
        var random = SeededGenerator.forTest(seed: 4)
        for _ in 0..<200 {
            let block = SpoolBlock(closedWallNanos: Int64.random(in: .min ... .max, using: &random))
            var expected: [(line: [UInt8], source: SpoolSource, offset: Int64)] = []
            for _ in 0..<random.int(0...30) {
                let source = SpoolSource(
                    path: "/log/\(random.int(0...3))", key: .max)
                let line = (0..<random.int(0...200)).map { _ in UInt8(random.int(0...255)) }
                let offset = Int64.random(in: 0 ... .max, using: &random)
                line.withUnsafeBytes { block.append($0, source: block.index(of: source), offset: offset) }
                expected.append((line, source, offset))
            }
            let output = GrowableBytes()
            block.encode(into: output)
            let read = try #require(SpooledBlock(Array(output.bytes)))
            #expect(read.closedWallNanos == block.closedWallNanos)
            #expect(read.amount == block.amount)
            var index = 0
            read.forEachLine { line, source, offset in
                #expect(line.elementsEqual(expected[index].line))
                #expect(read.sources[source] == expected[index].source)
                #expect(offset == expected[index].offset)
                index += 1
            }
            #expect(index == expected.count)
        }
    }

    @Test("bytes that are no block are refused and nothing is read outside of them")
    func refusedBlocks() {
        var random = SeededGenerator.forTest(seed: 9)
        let output = GrowableBytes()
        SpoolHarness.block("acme", 0..<5).encode(into: output)
        let whole = Array(output.bytes)
        for count in whole.indices { #expect(SpooledBlock(Array(whole.prefix(count))) == nil) }
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<random.int(1...4) { bytes[random.int(0...(bytes.count - 1))] = UInt8(random.int(0...255)) }
            SpooledBlock(bytes)?.forEachLine { line, _, _ in #expect(line.count <= whole.count) }
        }
        #expect(SpooledBlock([UInt8](repeating: 0xff, count: 64)) == nil)
    }

    @Test("gaps join, and what is outside of them is counted exactly")
    func gaps() {
        func mark(_ number: UInt64) -> SpoolMark { SpoolMark(lines: number, bytes: number * 10) }
        var gaps = SpoolGaps()
        gaps.insert(from: mark(10), to: mark(20))
        gaps.insert(from: mark(30), to: mark(40))
        gaps.insert(from: mark(5), to: mark(5))
        #expect(gaps.all.count == 2)
        #expect(gaps.skip(mark(10)) == mark(20))
        #expect(gaps.skip(mark(20)) == mark(20))
        #expect(gaps.amountOutside(from: mark(0), to: mark(100)) == SpoolAmount(lines: 80, bytes: 800))
        #expect(gaps.amountOutside(from: mark(15), to: mark(35)) == SpoolAmount(lines: 10, bytes: 100))
        gaps.insert(from: mark(20), to: mark(30))
        #expect(gaps.all == [SpoolGaps.Gap(start: mark(10), end: mark(40))])
        gaps.forget(before: mark(40))
        #expect(gaps.all.isEmpty)
    }
}
