import Foundation
import TestSupport
import Testing

@testable import LogShipper

/// The model: every line has a number; it must arrive, its tenant's lines of a file must first arrive in order, and what
/// arrives twice must fit in the window of the kills so far.
@Suite("Tail model")
struct TailModelTests {
    private struct World {
        let harness: ReaderHarness
        var generator: SeededGenerator
        var written: [String: [Int]] = [:]
        var next = 0
        var half = ""
        var rotated: [String] = []
        var generation = 0
        var kills = 0

        mutating func line() -> String {
            let tenant = "t\(generator.int(0...3))"
            defer { next += 1 }
            written["\(tenant)", default: []].append(next)
            return
                "{\"tenant\":\"\(tenant)\",\"n\":\(next),\"pad\":\"\(String(repeating: "p", count: generator.int(0...60)))\"}"
        }

        mutating func write() {
            var text = half
            half = ""
            for _ in 0..<generator.int(1...30) { text += line() + "\n" }
            if generator.oneIn(3) {
                let whole = line() + "\n"
                let cut = generator.int(0...(whole.utf8.count - 1))
                text += whole.prefix(cut)
                half = String(whole.dropFirst(cut))
            }
            harness.append(text, to: "app.log")
        }

        mutating func rotate() throws {
            if !half.isEmpty { harness.append(half, to: "app.log") }
            half = ""
            generation += 1
            // Now and then out of the globs; then a checkpoint has to know it before.
            let isOutside = generator.oneIn(4)
            if !isOutside { rotated.append("app.log.\(generation)") }
            harness.append("", to: "app.log")
            if isOutside {
                harness.step()
                harness.reader.checkpoint()
            }
            try harness.rename("app.log", isOutside ? "old\(generation)" : "app.log.\(generation)")
            harness.append("", to: "app.log")
        }

        /// As with few descriptors: everything that can be opened again is closed.
        func closeDescriptors() {
            for file in harness.reader.files.values where !file.source.isPinned { file.source.close() }
        }

        /// As gzip does: the compressed file appears by and by, then the other one goes. What is too short to be recognised
        /// is left alone.
        mutating func compress() throws {
            guard let name = rotated.randomElement(using: &generator) else { return }
            let bytes = Array(FileManager.default.contents(atPath: harness.directory.file(name)) ?? Data())
            let isProven = harness.reader.files.values.contains {
                $0.path.hasSuffix("/" + name) && $0.front >= Int64(Resumption.provingBytes)
            }
            guard isProven else { return }
            rotated.removeAll { $0 == name }
            let output = GrowableBytes()
            try bytes.withUnsafeBytes { try ZlibGzip(level: 1).compress($0, into: output) }
            let cut = generator.int(0...output.count)
            harness.append(Array(output.bytes[..<cut]), to: name + ".gz")
            if generator.oneIn(2) { harness.step() }
            harness.append(Array(output.bytes[cut...]), to: name + ".gz")
            // A kill between these two would leave two files of which the second was never seen.
            harness.step()
            try harness.remove(name)
        }

        mutating func copyTruncate() throws {
            harness.append("", to: "app.log")
            if !half.isEmpty { harness.append(half, to: "app.log") }
            half = ""
            try finishAndNote()
            try harness.truncate("app.log")
        }

        /// What is gone after a truncation was read before, so nobody may be behind.
        private func finishAndNote() throws {
            for number in 0...3 { harness.fail("t\(number)", false) }
            harness.settle()
            harness.reader.checkpoint()
        }

        /// As the sender does: of each tenant one batch after the other.
        private mutating func acknowledge() {
            var held: Set<TenantID> = []
            for batch in harness.waiting where !held.contains(batch.tenant) {
                if generator.oneIn(2) { harness.acknowledge(batch) } else { held.insert(batch.tenant) }
            }
        }

        mutating func act() throws {
            switch generator.int(0...13) {
            case 0...4: write()
            case 5...6: harness.step()
            case 7: acknowledge()
            case 8: harness.reader.checkpoint()
            case 9: if generator.oneIn(2) { try rotate() } else if generator.oneIn(3) { try copyTruncate() }
            case 10: closeDescriptors()
            case 11: if generator.oneIn(2) { try compress() }
            case 12: harness.fail("t\(generator.int(0...3))", true)
            default:
                if generator.oneIn(3) {
                    try harness.killAndRestart()
                    kills += 1
                }
            }
        }
    }

    @Test("random writes, rotations, truncations, stalls and kills lose nothing", arguments: 1...40)
    func random(_ seed: UInt64) throws {
        let harness = try ReaderHarness {
            // In the small window, tenants that fail soon have to give back what is queued for them.
            $0.maxUnackedBytes = seed.isMultiple(of: 2) ? 64 << 10 : 8 << 10
            $0.memoryBytes = seed.isMultiple(of: 2) ? 64 << 10 : 8 << 10
            $0.outputs[0].batchMaxBytes = 1024
        }
        var world = World(harness: harness, generator: .forTest(seed: seed))
        for _ in 0..<120 { try world.act() }
        if !world.half.isEmpty { harness.append(world.half, to: "app.log") }
        try harness.killAndRestart()
        world.kills += 1
        harness.settle()
        #expect(harness.waiting.isEmpty)
        #expect(harness.reader.ledger.isEmpty)
        #expect(harness.reader.givenBackLines == 0)
        var bytes = 0
        for (tenant, numbers) in world.written {
            let lines = harness.delivered.filter { $0.tenant == tenant }
            let arrived = lines.compactMap { number(of: $0.line) }
            var seen: Set<Int> = []
            let first = arrived.filter { seen.insert($0).inserted }
            let missing = Set(numbers).subtracting(first)
            #expect(missing.isEmpty, "seed \(seed), \(tenant)")
            #expect(seen.count == numbers.count)
            bytes += lines.reduce(0) { $0 + $1.line.utf8.count + 1 }
        }
        var unique: Set<String> = []
        let once = harness.lines.filter { unique.insert($0).inserted }.reduce(0) { $0 + $1.utf8.count + 1 }
        // What fits in the window is taken whole, so that its last line may go beyond.
        let longest = unique.map(\.utf8.count).max().map { $0 + 1 } ?? 0
        #expect(
            bytes - once <= world.kills * (harness.configuration.maxUnackedBytes + longest + Resumption.provingBytes))
    }

    private func number(of line: String) -> Int? {
        guard let range = line.range(of: "\"n\":") else { return nil }
        return Int(line[range.upperBound...].prefix { $0.isNumber })
    }
}
