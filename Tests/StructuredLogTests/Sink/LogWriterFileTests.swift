import TestSupport
import Testing

@testable import StructuredLog

@Suite struct LogWriterFileTests {
    private func offer(_ rig: WriterRig, _ count: Int = 1, ring: Int = 1) {
        for _ in 0..<count { rig.rings[ring].offer(AccessEntry(timestampMicros: 0)) }
    }

    @Test func `half a line that a dead process left is ended before the first of ours`() throws {
        let rig = try WriterRig()
        rig.file.rename()
        rig.file.seed("{\"half\":")
        rig.writer.requestReopen()
        offer(rig)
        rig.settle()
        #expect(rig.file.texts[1].hasPrefix("{\"half\":\n{\"ts\""))
    }

    @Test func `a reopen waits for the rest of a torn line`() throws {
        let rig = try WriterRig()
        rig.file.faults = [rig.file.callCount + 1: .short(10)]
        offer(rig, 2)
        rig.step()
        rig.file.rename()
        rig.writer.requestReopen()
        rig.settle()
        offer(rig)
        rig.settle()
        #expect(splitLines(rig.file.texts[0]).count == 2)
        #expect(splitLines(rig.file.texts[1]).count == 1)
    }

    @Test func `when the old file stays full the new one gets the torn line whole`() throws {
        let rig = try WriterRig()
        rig.file.faults = [rig.file.callCount + 1: .short(10)]
        offer(rig, 2)
        rig.step()
        rig.file.full = [1]
        rig.file.rename()
        rig.writer.requestReopen()
        for _ in 0..<100 {
            rig.advance(nanos: 10_000)
            rig.step()
        }
        rig.settle()
        #expect(rig.file.texts[0].utf8.count == 10)
        #expect(splitLines(rig.file.texts[1]).count == 2)
        #expect(rig.counters.writtenLines == 2)
    }

    @Test func `a deleted file is noticed before the next write`() throws {
        let rig = try WriterRig()
        offer(rig)
        rig.settle()
        rig.file.remove()
        offer(rig, 3)
        rig.settle()
        #expect(rig.file.texts.map { splitLines($0).count } == [3])
        #expect(rig.counters.reopens == 1)
    }

    @Test func `a renamed file stays in use while the path cannot be opened`() throws {
        let rig = try WriterRig()
        rig.file.rename()
        rig.file.permanent = nil
        rig.file.faults = [rig.file.callCount + 1: .fails(13)]
        rig.advance(nanos: 1_000_000_000)
        offer(rig)
        rig.settle()
        #expect(rig.file.texts.map { splitLines($0).count } == [1])
        rig.advance(nanos: 1_000_000_000)
        rig.settle()
        offer(rig)
        rig.settle()
        #expect(rig.file.texts.map { splitLines($0).count } == [1, 1])
        #expect(rig.counters.fileErrors == 1)
    }

    @Test func `a close writes what is there and finishes`() throws {
        let rig = try WriterRig(rings: 3)
        for ring in 0...3 { offer(rig, 100, ring: ring) }
        rig.writer.requestClose(deadline: .max - 1)
        #expect(rig.settle() == .finish)
        #expect(splitLines(rig.file.texts[0]).count == 400)
    }

    @Test func `a close gives up at its deadline`() throws {
        let rig = try WriterRig()
        rig.file.permanent = .fails(5)
        offer(rig, 10)
        rig.writer.requestClose(deadline: rig.now + 50_000)
        #expect(rig.settle() == .finish)
        #expect(rig.counters.writtenLines == 0)
    }

    @Test func `a busy ring does not starve the others`() throws {
        let rig = try WriterRig(rings: 2, ringBytes: 1 << 20)
        while rig.rings[1].offer(AccessEntry(timestampMicros: 0)) {}
        offer(rig, 1, ring: 2)
        rig.step()
        rig.step()
        #expect(rig.file.texts[0].contains("\"loop\":2,"))
        rig.settle()
        #expect(rig.counters.writtenLines + 1 == rig.counters.offeredLines)
    }

    @Test func `an idle writer sleeps long, a busy one does not`() throws {
        let rig = try WriterRig()
        offer(rig)
        rig.step()
        #expect(rig.step() == .sleep(nanos: 1, isLong: false))
        rig.advance(nanos: 1_000_000_000)
        #expect(rig.step() == .checkPath)
        #expect(rig.step() == .sleep(nanos: 1, isLong: true))
    }
}
