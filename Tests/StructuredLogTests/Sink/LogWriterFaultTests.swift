import Foundation
import TestSupport
import Testing

@testable import StructuredLog

/// The n-th call fails, for every n: no line is lost, doubled or torn.
@Suite struct LogWriterFaultTests {
    private static let rounds = 6

    /// Three rings, several lines a round, a rename in the middle.
    private func scenario(_ faults: [Int: FaultyFile.Fault]) throws -> WriterRig {
        let rig = try WriterRig(rings: 2)
        rig.file.faults = faults
        for round in 0..<LogWriterFaultTests.rounds {
            for ring in rig.rings {
                for _ in 0...round { ring.offer(AccessEntry(timestampMicros: 0)) }
            }
            for _ in 0..<4 { rig.step() }
            if round == 2 {
                rig.file.rename()
                rig.advance(nanos: 1_000_000_000)
            }
        }
        rig.settle()
        return rig
    }

    /// `mayLeaveTail`: a file that was given up may end in the beginning of a line that the next file has whole.
    private func check(_ rig: WriterRig, _ what: String, mayLeaveTail: Bool = false) throws {
        var next: [Int: Int] = [:]
        for text in rig.file.texts {
            #expect(text.isEmpty || text.hasSuffix("\n") || mayLeaveTail, "\(what)")
            for line in splitLines(text) {
                let object = try Lines.parse(Array((line + "\n").utf8))
                let loop = try #require(object["loop"] as? Int)
                let number = try #require(object["seq"] as? Int)
                #expect(number == next[loop, default: 0] + 1, "\(what): ring \(loop)")
                next[loop] = number
            }
        }
        let expected = LogWriterFaultTests.rounds * (LogWriterFaultTests.rounds + 1) / 2
        #expect(next == [0: expected, 1: expected, 2: expected], "\(what)")
        #expect(rig.counters.writtenLines == 3 * expected, "\(what)")
        #expect(rig.counters.droppedTotal == 0, "\(what)")
    }

    @Test func `without a fault every line arrives once, across a rename`() throws {
        let rig = try scenario([:])
        #expect(rig.file.texts.count == 2)
        #expect(rig.counters.reopens == 1)
        try check(rig, "no fault")
    }

    @Test(arguments: [28, 5] as [Int32])
    func `the n-th call fails with an error, for every n`(_ code: Int32) throws {
        let calls = try scenario([:]).file.callCount
        for call in 1...calls + 2 { try check(try scenario([call: .fails(code)]), "call \(call) fails") }
    }

    @Test(arguments: [0, 1, 50, 131])
    func `the n-th write is short, for every n`(_ bytes: Int) throws {
        let calls = try scenario([:]).file.callCount
        for call in 1...calls + 2 { try check(try scenario([call: .short(bytes)]), "call \(call) takes \(bytes)") }
    }

    @Test func `a short write followed by errors is finished before anything else is written`() throws {
        let calls = try scenario([:]).file.callCount
        for call in 1...calls {
            let faults: [Int: FaultyFile.Fault] = [call: .short(33), call + 1: .fails(28), call + 2: .fails(28)]
            try check(try scenario(faults), "call \(call)")
        }
    }

    @Test func `a random mixture of faults loses nothing`() throws {
        var random = SeededGenerator.forTest(seed: 31)
        for _ in 0..<200 {
            var faults: [Int: FaultyFile.Fault] = [:]
            for call in 2...60 where random.oneIn(3) {
                faults[call] = random.oneIn(2) ? .fails(random.oneIn(2) ? 28 : 5) : .short(random.int(0...200))
            }
            try check(try scenario(faults), "\(faults)", mayLeaveTail: true)
        }
    }
}
