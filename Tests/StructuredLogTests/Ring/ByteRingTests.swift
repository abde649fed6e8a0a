import Foundation
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct ByteRingTests {
    @Test func `lines of every length wrap around the end of the memory unharmed`() {
        var random = SeededGenerator.forTest(seed: 21)
        let ring = ByteRing(bytes: 4096, longestLine: 500)
        var position = 0
        var expected: [UInt8] = []
        for _ in 0..<2000 {
            let line = (0..<random.int(1...500)).map { _ in UInt8(random.int(0...255)) }
            if ring.capacity - (position - ring.consumed()) < 500 {
                #expect(drain(ring) == expected)
                expected = []
            }
            let memory = UnsafeMutableRawBufferPointer(start: ring.memory(at: position), count: line.count)
            memory.copyBytes(from: line)
            ring.commit(at: position, count: line.count)
            position += line.count
            expected += line
        }
        #expect(drain(ring) == expected)
    }

    private func drain(_ ring: ByteRing) -> [UInt8] {
        let (first, second) = ring.pieces(from: ring.consumed(), to: ring.published())
        defer { ring.release(before: ring.published()) }
        return Array(first) + Array(second)
    }

    @Test func `the ring holds at least two of the longest lines`() {
        #expect(ByteRing(bytes: 1, longestLine: 10_000).capacity >= 20_000)
        #expect(ByteRing(bytes: 100_000, longestLine: 10).capacity == 131_072)
    }

    @Test func `newlines are counted and the last one is found`() {
        var random = SeededGenerator.forTest(seed: 22)
        for _ in 0..<200 {
            let bytes = (0..<random.int(0...1000)).map { _ in random.oneIn(3) ? UInt8(0x0A) : UInt8(0x61) }
            bytes.withUnsafeBytes { raw in
                #expect(LineScan.newlines(in: raw) == bytes.filter { $0 == 0x0A }.count)
                #expect(LineScan.lengthThroughLastNewline(in: raw) == (bytes.lastIndex(of: 0x0A) ?? -1) + 1)
            }
        }
    }
}
