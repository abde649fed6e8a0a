import TestSupport
import Testing

@testable import LogShipper

@Suite("Ledger")
struct LedgerTests {
    /// A batch of lines `(file, offset)` whose bytes do not matter.
    static func batch(_ id: UInt64, tenant: TenantID, _ lines: [(FileSerial, Int64)]) -> Batch {
        var content = BatchContent()
        let pool = ChunkPool()
        for (file, offset) in lines {
            Array("line".utf8).withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    content.append(base, 4, file: file, fileOffset: offset, pool: pool)
                }
            }
        }
        return Batch(id: id, tenant: tenant, tenantName: "t\(tenant)", content: content, pool: pool, closedWallNanos: 0)
    }

    private func pending(_ ledger: Ledger) -> [String: Int64] {
        var result: [String: Int64] = [:]
        ledger.forEachPending { file, tenant, offset in
            let key = "\(file)/\(tenant)"
            result[key] = min(result[key] ?? offset, offset)
        }
        return result
    }

    private func settle(
        _ ledger: inout Ledger, _ batch: UInt64, _ lines: Range<Int>, _ fate: Settlement.Fate = .acknowledged
    ) -> Ledger.Freed? {
        ledger.settle(Settlement(batch: batch, lines: LineRanges(lines), fate: fate))
    }

    @Test("case 47: a batch acknowledged before an older one does not move the older one's offset")
    func outOfOrder() {
        var ledger = Ledger()
        ledger.add(Self.batch(1, tenant: 1, [(1, 0), (1, 10)]))
        ledger.add(Self.batch(2, tenant: 2, [(1, 5), (1, 15)]))
        #expect(settle(&ledger, 2, 0..<2) == Ledger.Freed(tenant: 2, bytes: 10))
        #expect(pending(ledger) == ["1/1": 0])
        _ = settle(&ledger, 1, 0..<1)
        #expect(pending(ledger) == ["1/1": 10])
        _ = settle(&ledger, 1, 1..<2, .deadLettered)
        #expect(ledger.isEmpty)
        #expect(ledger.checkInvariants())
    }

    @Test("what stands behind a tenant's open line counts as pending, because a crash would send it again")
    func behindAnOpenLine() {
        var ledger = Ledger()
        ledger.add(Self.batch(1, tenant: 1, [(1, 0), (1, 10), (1, 20)]))
        ledger.add(Self.batch(2, tenant: 1, [(1, 30)]))
        #expect(settle(&ledger, 2, 0..<1) == Ledger.Freed(tenant: 1, bytes: 0))
        #expect(settle(&ledger, 1, 1..<2) == Ledger.Freed(tenant: 1, bytes: 0))
        #expect(ledger.pendingBytes == 20 && ledger.pendingLines == 2)
        #expect(ledger.checkInvariants())
        #expect(settle(&ledger, 1, 0..<1) == Ledger.Freed(tenant: 1, bytes: 10))
        #expect(pending(ledger) == ["1/1": 20])
        #expect(settle(&ledger, 1, 2..<3) == Ledger.Freed(tenant: 1, bytes: 10))
        #expect(ledger.isEmpty && ledger.pendingBytes == 0)
    }

    @Test("a settlement that is unknown, repeated, empty or out of range changes nothing")
    func nonsense() {
        var ledger = Ledger()
        ledger.add(Self.batch(1, tenant: 1, [(1, 0), (1, 10), (1, 20)]))
        _ = settle(&ledger, 1, 1..<2)
        for (batch, lines) in [(2, 0..<1), (1, 1..<2), (1, 0..<2), (1, 2..<4), (1, 0..<0)] as [(UInt64, Range<Int>)] {
            #expect(settle(&ledger, batch, lines) == nil)
        }
        #expect(ledger.pendingLines == 2)
        #expect(ledger.checkInvariants())
    }

    @Test("under random settlements the pending offsets equal those of a model that keeps every line")
    func model() {
        var generator = SeededGenerator.forTest(seed: 21)
        for _ in 0..<60 {
            var ledger = Ledger()
            var open: [UInt64: Set<Int>] = [:]
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
                    open[id] = Set(0..<batch.lineCount)
                } else if let id = batches.keys.sorted().randomElement(using: &generator), let left = open[id] {
                    let some = left.sorted().filter { _ in generator.oneIn(2) }
                    guard !some.isEmpty else { continue }
                    open[id] = left.subtracting(some)
                    let settled = ledger.settle(
                        Settlement(batch: id, lines: LineRanges(ascending: some), fate: .acknowledged))
                    #expect(settled != nil)
                    if open[id] == [] { batches[id] = nil }
                }
                #expect(ledger.checkInvariants())
                #expect(ledger.pendingLines == open.values.reduce(0) { $0 + $1.count })
                #expect(pending(ledger) == expected(batches, open))
            }
        }
    }

    private func expected(_ batches: [UInt64: Batch], _ open: [UInt64: Set<Int>]) -> [String: Int64] {
        var result: [String: Int64] = [:]
        for (id, batch) in batches {
            for index in (open[id]?.min() ?? batch.lineCount)..<batch.lineCount {
                let key = "\(batch.lines[index].file)/\(batch.tenant)"
                result[key] = min(result[key] ?? .max, batch.lines[index].fileOffset)
            }
        }
        return result
    }
}
