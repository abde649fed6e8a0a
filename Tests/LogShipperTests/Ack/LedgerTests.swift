import TestSupport
import Testing

@testable import LogShipper

@Suite("Ledger")
struct LedgerTests {
    /// A batch of lines `(file, offset)` whose bytes do not matter.
    static func batch(_ id: UInt64, tenant: TenantID, _ lines: [(FileSerial, Int64)]) -> Batch {
        var slot = TenantSlot()
        for (file, offset) in lines {
            Array("line".utf8).withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    slot.append(base, 4, file: file, fileOffset: offset, nowNanos: 0)
                }
            }
        }
        return Batch(id: id, tenant: tenant, tenantName: "t\(tenant)", content: slot.takeContent(), closedWallNanos: 0)
    }

    private func pending(_ ledger: Ledger) -> [String: Int64] {
        var result: [String: Int64] = [:]
        ledger.forEachPending { file, tenant, offset in
            let key = "\(file)/\(tenant)"
            result[key] = min(result[key] ?? offset, offset)
        }
        return result
    }

    @Test("a batch acknowledged before an older one does not move the older one's offset")
    func outOfOrder() {
        var ledger = Ledger(outputCount: 1)
        ledger.add(Self.batch(1, tenant: 1, [(1, 0), (1, 10)]))
        ledger.add(Self.batch(2, tenant: 2, [(1, 5), (1, 15)]))
        #expect(
            ledger.settle(Settlement(batch: 2, output: 0, lines: 0..<2, fate: .acknowledged))
                == Ledger.Freed(tenant: 2, bytes: 10, isBatchDone: true))
        #expect(pending(ledger) == ["1/1": 0])
        _ = ledger.settle(Settlement(batch: 1, output: 0, lines: 0..<1, fate: .acknowledged))
        #expect(pending(ledger) == ["1/1": 10])
        _ = ledger.settle(Settlement(batch: 1, output: 0, lines: 1..<2, fate: .deadLettered))
        #expect(ledger.isEmpty)
        #expect(ledger.checkInvariants())
    }

    @Test("a line is done only when every output has settled it")
    func outputs() {
        var ledger = Ledger(outputCount: 2)
        ledger.add(Self.batch(1, tenant: 1, [(1, 0), (1, 10)]))
        #expect(
            ledger.settle(Settlement(batch: 1, output: 0, lines: 0..<2, fate: .acknowledged))
                == Ledger.Freed(tenant: 1, bytes: 0, isBatchDone: false))
        #expect(ledger.pendingLines == [0, 2])
        #expect(pending(ledger) == ["1/1": 0])
        #expect(
            ledger.settle(Settlement(batch: 1, output: 1, lines: 0..<2, fate: .acknowledged))
                == Ledger.Freed(tenant: 1, bytes: 10, isBatchDone: true))
    }

    @Test("a settlement that is unknown, repeated, out of order or out of range changes nothing")
    func nonsense() {
        var ledger = Ledger(outputCount: 1)
        ledger.add(Self.batch(1, tenant: 1, [(1, 0), (1, 10)]))
        for (batch, output, lines) in [
            (2, 0, 0..<1), (1, 1, 0..<1), (1, 0, 1..<2), (1, 0, 0..<3), (1, -1, 0..<1),
        ] as [(UInt64, Int, Range<Int>)] {
            #expect(ledger.settle(Settlement(batch: batch, output: output, lines: lines, fate: .acknowledged)) == nil)
        }
        #expect(ledger.pendingLines == [2])
        #expect(ledger.checkInvariants())
    }

    @Test("under random settlements the pending offsets equal those of a model that keeps every line")
    func model() {
        var generator = SeededGenerator.forTest(seed: 21)
        for _ in 0..<60 {
            var ledger = Ledger(outputCount: 2)
            var settled: [UInt64: [Int]] = [:]
            var batches: [UInt64: Batch] = [:]
            var offset: Int64 = 0
            for step in 0..<120 {
                if generator.oneIn(3) || batches.isEmpty {
                    let id = UInt64(step + 1)
                    let lines = (0..<generator.int(1...6)).map { _ -> (FileSerial, Int64) in
                        offset += 7
                        return (FileSerial(generator.int(1...3)), offset)
                    }
                    let batch = Self.batch(id, tenant: TenantID(generator.int(0...3)), lines)
                    ledger.add(batch)
                    batches[id] = batch
                    settled[id] = [0, 0]
                } else if let id = batches.keys.sorted().randomElement(using: &generator), let batch = batches[id] {
                    let output = generator.int(0...1)
                    let from = settled[id]?[output] ?? 0
                    guard from < batch.lineCount else { continue }
                    let to = generator.int((from + 1)...batch.lineCount)
                    settled[id]?[output] = to
                    _ = ledger.settle(Settlement(batch: id, output: output, lines: from..<to, fate: .acknowledged))
                    if settled[id] == [batch.lineCount, batch.lineCount] { batches[id] = nil }
                }
                #expect(ledger.checkInvariants())
                #expect(pending(ledger) == expected(batches, settled))
            }
        }
    }

    private func expected(_ batches: [UInt64: Batch], _ settled: [UInt64: [Int]]) -> [String: Int64] {
        var result: [String: Int64] = [:]
        for (id, batch) in batches {
            for index in (settled[id]?.min() ?? 0)..<batch.lineCount {
                let key = "\(batch.lines[index].file)/\(batch.tenant)"
                result[key] = min(result[key] ?? .max, batch.lines[index].fileOffset)
            }
        }
        return result
    }
}
