import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// When the reader reads, closes batches and writes checkpoints for reasons other than time.
@Suite("Reading under pressure")
struct PressureTests {
    private func line(_ tenant: String, _ number: Int) -> String {
        "{\"tenant\":\"\(tenant)\",\"n\":\(number),\"pad\":\"\(String(repeating: "x", count: 200))\"}\n"
    }

    @Test("while the destination as a whole is down nothing is read until it is time to spool")
    func hold() throws {
        let harness = try ReaderHarness { $0.outputs[0].spool.afterNanos = 10_000_000_000 }
        harness.append(line("a", 0), to: "x.log")
        harness.settle()
        let reader = harness.reader
        func say(isDown: Bool) {
            reader.shared.events.post(.destination(isDown: isDown, tenants: []))
            reader.takeEvents()
            if isDown { reader.downSinceNanos = harness.now }
        }
        say(isDown: true)
        harness.append(line("a", 1), to: "x.log")
        for _ in 0..<3 { harness.step() }
        #expect(harness.delivered.count == 1 && harness.waiting.isEmpty)
        say(isDown: false)
        harness.settle()
        #expect(harness.delivered.count == 2)
        say(isDown: true)
        harness.append(line("b", 0), to: "x.log")
        for _ in 0..<3 { harness.step() }
        #expect(harness.delivered.count == 2)
        // What would be spooled has to be read.
        for _ in 0..<4 { harness.step() }
        #expect(harness.delivered.count == 3)
    }

    @Test("without spools nothing is read however long the destination is down")
    func holdWithoutSpool() throws {
        let harness = try ReaderHarness()
        harness.reader.spool = nil
        harness.reader.downSinceNanos = harness.now
        harness.append(line("a", 0), to: "x.log")
        for _ in 0..<100 { harness.step() }
        #expect(harness.delivered.isEmpty)
        harness.reader.downSinceNanos = nil
        harness.settle()
        #expect(harness.delivered.count == 1)
    }

    @Test("what waits for tenants that fail does not keep the batches of the others open while memory is short")
    func stuck() throws {
        let harness = try ReaderHarness {
            $0.memoryBytes = 1 << 20
            $0.outputs[0].batchMaxBytes = 512 << 10
            $0.outputs[0].batchMaxAgeNanos = 3_600_000_000_000
        }
        let reader = harness.reader
        harness.append((0..<400).flatMap { number in ["a", "b"].map { line($0, number) } }.joined(), to: "x.log")
        harness.step()
        harness.fail("a", true)
        harness.fail("b", true)
        #expect(reader.ledger.pendingBytes > reader.windowBytes / 8)
        let before = harness.waiting.count
        harness.append((0..<4000).map { line("c\($0 % 50)", $0) }.joined(), to: "x.log")
        reader.needsScan = true
        reader.scanIfDue(harness.now + 1_000_000_000)
        // No time passes: only the need for room closes batches.
        for _ in 0..<4 { _ = reader.readTurns(harness.now) }
        let others = harness.waiting.dropFirst(before)
        #expect(others.allSatisfy { $0.tenantName.hasPrefix("c") })
        #expect(others.reduce(0) { $0 + $1.byteCount } >= reader.windowBytes / 8)
    }

    @Test("a checkpoint comes early when what was settled takes half of what open requests leave, and not before")
    func exposed() throws {
        let harness = try ReaderHarness { $0.maxUnackedBytes = 1 << 20 }
        let exposure = harness.reader.shared.exposure
        let limit = exposure.limitBytes
        func isExposed(open: Int, settled: Int) -> Bool {
            exposure.noteOpen(open)
            exposure.noteSettled(settled)
            harness.reader.settledSinceCheckpoint = settled
            defer {
                exposure.noteOpen(-open)
                exposure.noteDurable(settled)
            }
            return harness.reader.isExposed
        }
        #expect(!isExposed(open: 0, settled: limit / 2))
        #expect(isExposed(open: 0, settled: limit / 2 + 1))
        #expect(!isExposed(open: limit / 2, settled: limit / 4))
        #expect(isExposed(open: limit / 2, settled: limit / 4 + 1))
        // However little is left, not for every small batch.
        #expect(!isExposed(open: limit, settled: limit / 16))
        #expect(isExposed(open: limit, settled: limit / 16 + 1))
        harness.reader.checkpointFailure = "disk full"
        #expect(!isExposed(open: limit, settled: limit))
    }
}
