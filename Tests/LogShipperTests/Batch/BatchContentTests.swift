import TestSupport
import Testing

@testable import LogShipper

@Suite("BatchContent")
struct BatchContentTests {
    private func line(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: 0x20 + (number &* 7 &+ $0) % 90) }
    }

    @Test("lines of any length come out as they went in, alone and in parts, and all memory is given back")
    func random() {
        var random = SeededGenerator.forTest(seed: 81)
        for round in 0..<60 {
            let pool = ChunkPool()
            var content = BatchContent()
            var expected: [[UInt8]] = []
            for number in 0..<random.int(0...400) {
                let count =
                    switch random.int(0...60) {
                    case 0: random.int(ChunkPool.chunkBytes - 3...ChunkPool.chunkBytes + 3)
                    case 1: random.int(0...5 * ChunkPool.chunkBytes)
                    case 2...8: random.int(0...5000)
                    default: random.int(round % 2 == 0 ? 1...40 : 1...900)
                    }
                let bytes = line(number, count)
                expected.append(bytes)
                bytes.withUnsafeBytes { source in
                    withUnsafeBytes(of: 0) { empty in
                        if let base = source.baseAddress ?? empty.baseAddress {
                            content.append(base, count, file: 1, fileOffset: Int64(number), pool: pool)
                        }
                    }
                }
            }
            let total = expected.reduce(0) { $0 + $1.count + 1 }
            #expect(pool.usedBytes >= total)
            let batch = Batch(
                id: 1, tenant: 1, tenantName: "t", content: content, pool: pool, closedWallNanos: 0)
            #expect(batch.byteCount == total && batch.lineCount == expected.count)
            for index in expected.indices { #expect(Array(batch.line(index)) == expected[index]) }
            guard !expected.isEmpty else { continue }
            for _ in 0..<20 {
                let from = random.int(0...expected.count - 1)
                let range = from..<random.int(from...expected.count)
                var bytes: [UInt8] = []
                batch.forEachPart(of: range) { bytes += $0 }
                #expect(bytes == Array(expected[range].map { $0 + [0x0a] }.joined()))
                #expect(batch.byteCount(of: range) == bytes.count)
            }
        }
    }

    @Test("a small batch takes little memory, and what it took is given back")
    func small() {
        let pool = ChunkPool()
        do {
            var content = BatchContent()
            line(1, 300).withUnsafeBytes { bytes in
                if let base = bytes.baseAddress { content.append(base, 300, file: 1, fileOffset: 0, pool: pool) }
            }
            #expect(pool.usedBytes < 700)
            _ = Batch(id: 1, tenant: 1, tenantName: "t", content: content, pool: pool, closedWallNanos: 0)
        }
        #expect(pool.usedBytes == 0)
    }
}
