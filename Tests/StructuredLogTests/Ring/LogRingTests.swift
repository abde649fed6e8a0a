import Foundation
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct LogRingTests {
    @Test func `a full ring drops, counts, and the gap in seq is exactly what was dropped`() throws {
        let rig = try WriterRig()
        let ring = rig.rings[1]
        var taken = 0
        for round in 0..<3 {
            while ring.offer(AccessEntry(timestampMicros: 0)) { taken += 1 }
            for _ in 0..<round { #expect(!ring.offer(AccessEntry(timestampMicros: 0))) }
            rig.settle()
        }
        #expect(ring.offer(AccessEntry(timestampMicros: 0)))
        rig.settle()
        let numbers = try splitLines(rig.file.texts[0]).map { try sequence(of: $0) }
        #expect(numbers.count == taken + 1)
        let lastNumber = try #require(numbers.last)
        #expect(lastNumber - numbers.count == ring.droppedLines(.ringFull))
        #expect(ring.droppedLines(.ringFull) == 6)
        #expect(numbers == numbers.sorted())
        let counters = rig.counters
        #expect(counters.offeredLines == lastNumber)
        #expect(counters.writtenLines == numbers.count)
        #expect(counters.writtenBytes == rig.file.texts[0].utf8.count)
    }

    @Test func `a ring that is full while the file fails drops for another reason`() throws {
        let rig = try WriterRig()
        rig.file.permanent = .fails(28)
        rig.rings[1].offer(AccessEntry(timestampMicros: 0))
        for _ in 0..<5 { rig.step() }
        while rig.rings[1].offer(AccessEntry(timestampMicros: 0)) {}
        #expect(rig.rings[1].droppedLines(.writeError) == 1)
        #expect(rig.rings[1].droppedLines(.ringFull) == 0)
        rig.file.permanent = nil
        rig.advance(nanos: 1_000_000)
        rig.settle()
        #expect(rig.counters.writtenLines + rig.counters.droppedTotal == rig.counters.offeredLines)
        #expect(rig.counters.fileErrors > 0)
    }

    @Test func `a line offered after the close is dropped and counted`() throws {
        let rig = try WriterRig()
        rig.health.close()
        #expect(!rig.rings[1].offer(AccessEntry(timestampMicros: 0)))
        #expect(!rig.rings[0].offer(LogRecord(event: .app, level: .info, message: "late", logger: "x")))
        #expect(rig.counters.droppedLines[.closed] == 2)
    }

    private func sequence(of line: String) throws -> Int {
        try #require(try Lines.parse(Array((line + "\n").utf8))["seq"] as? Int)
    }
}
