import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Reader with a spool")
struct ReaderSpoolTests {
    private static func line(_ tenant: String, _ number: Int) -> String {
        "{\"tenant\":\"\(tenant)\",\"seq\":\(number),\"pad\":\"\(String(number &* 2_654_435_761, radix: 36))\"}"
    }

    private static func numbers(_ harness: ReaderHarness, _ tenant: String) -> [Int] {
        harness.delivered.filter { $0.tenant == tenant }.compactMap { entry in
            entry.line.firstRange(of: "\"seq\":").flatMap { range in
                Int(entry.line[range.upperBound...].prefix { $0.isNumber })
            }
        }
    }

    /// For the output: acknowledged + dropped + dead + pending = read, and what is stored is where the books say.
    private static func checkBooks(_ harness: ReaderHarness, _ dropReasons: [String] = ["spool_full"]) {
        let metrics = harness.reader.metrics
        let acked = ["a", "b", "c"].reduce(0) { $0 + metrics.ackedLines.bind(["out", $1]).value }
        let dropped = dropReasons.reduce(0) { $0 + metrics.droppedLines.bind(["out", $1]).value }
        let read = metrics.readLines.bind(["out"]).value
        #expect(Int(read) == Int(acked + dropped) + harness.reader.pendingLines)
        guard let spool = harness.reader.spool else { return }
        #expect(spool.storedLines == spool.tenants.values.reduce(0) { $0 + spool.storedLines($1) })
        #expect(spool.heldBytes == spool.tenants.values.reduce(0) { $0 + $1.heldBytes })
        #expect(spool.store.brokenInvariant() == nil)
        #expect(harness.reader.ledger.checkInvariants())
    }

    /// A tenant that is stalled: its first batch stays at the sender, all others are settled.
    private static func acknowledge(_ harness: ReaderHarness, but stalled: Set<String>) {
        for batch in harness.waiting where !stalled.contains(batch.tenantName) { harness.acknowledge(batch) }
    }

    @Test("case 78: a tenant that stalls for long goes over to a spool and comes back in order; the others see nothing")
    func roundTrip() throws {
        let harness = try ReaderHarness { $0.outputs[0].spool.afterNanos = 5_000_000_000 }
        var number = 0
        for round in 0..<60 {
            for tenant in ["a", "b"] { harness.append(Self.line(tenant, number) + "\n", to: "x.log") }
            number += 1
            harness.step()
            if round == 3 { harness.fail("a", true) }
            if round == 40 { harness.fail("a", false) }
            Self.acknowledge(harness, but: (3..<40).contains(round) ? ["a"] : [])
            harness.reader.checkpoint()
            Self.checkBooks(harness)
            if round == 20 {
                let spool = try #require(harness.reader.spool)
                #expect(spool.tenants.values.map(\.name) == ["a"])
                #expect(spool.storedLines > 5)
                #expect(!harness.reader.failing.contains(1))
                #expect(harness.waiting.count == 1)
                // Nothing of the tenant keeps the file any more.
                #expect(harness.reader.owedOffsets().isEmpty)
                #expect(spool.tenants.values.first?.oldestWallNanos != nil)
            }
            #expect(Self.numbers(harness, "b").last == round)
        }
        #expect(Self.numbers(harness, "a") == Array(0..<60))
        #expect(Self.numbers(harness, "b") == Array(0..<60))
        harness.reader.checkpoint()
        #expect(harness.reader.spool?.tenants.isEmpty == true)
        #expect(harness.reader.spool?.store.spools.isEmpty == true)
        #expect(harness.reader.isSettled)
    }

    @Test("lines of a stalled tenant survive the deletion of their file and a kill after it")
    func deletedFile() throws {
        let harness = try ReaderHarness { $0.outputs[0].spool.afterNanos = 3_600_000_000_000 }
        harness.append((0..<50).map { Self.line("a", $0) + "\n" }.joined(), to: "x.log")
        harness.step()
        harness.fail("a", true)
        for number in 50..<80 {
            harness.append(Self.line("a", number) + "\n" + Self.line("b", number) + "\n", to: "x.log")
            harness.step()
            Self.acknowledge(harness, but: ["a"])
        }
        #expect(harness.reader.spool?.tenants.isEmpty == true)
        try harness.remove("x.log")
        for _ in 0..<4 {
            harness.step()
            Self.acknowledge(harness, but: ["a"])
            harness.reader.checkpoint()
        }
        // The file and its disk space are given up although nothing was delivered.
        #expect(harness.reader.files.isEmpty)
        Self.checkBooks(harness)
        let before = harness.delivered.count
        try harness.killAndRestart()
        let oldest = try #require(harness.reader.spool?.tenants.values.first?.oldestWallNanos)
        #expect(oldest > 0 && oldest <= Clock.wallNanos())
        harness.settle()
        let after = harness.delivered.dropFirst(before)
        #expect(after.map(\.tenant).allSatisfy { $0 == "a" })
        #expect(Self.numbers(harness, "a").suffix(80) == Array(0..<80))
        Self.checkBooks(harness)
        #expect(harness.reader.isSettled)
    }

    @Test("a tenant that several spools belong to gets back what stalls again, each spool from where it was")
    func severalSpools() throws {
        let names = ["a", "b", "c"]
        let harness = try ReaderHarness {
            $0.outputs[0].spool.afterNanos = 0
            $0.outputs[0].batchMaxBytes = 512
        }
        for number in 0..<40 {
            for tenant in names { harness.append(Self.line(tenant, number) + "\n", to: "x.log") }
            harness.step()
            if number == 0 { for tenant in names { harness.fail(tenant, true) } }
            harness.reader.checkpoint()
        }
        #expect(harness.reader.spool?.store.spools.count == 3)
        // Under the smaller limit two of them are of the tenant that stands for whoever is too many.
        harness.configuration.maxTenants = 1
        try harness.killAndRestart()
        let before = harness.delivered.count
        let tenant = try #require(harness.reader.spool?.tenants.values.first { $0.older.count == 2 })
        var mixed = 0
        for _ in 0..<200 where !harness.reader.isSettled {
            harness.step()
            if Set(tenant.sent.map(\.spool)).count > 1 { mixed += 1 }
            let queued = harness.waiting.filter { $0.tenant == tenant.id }.dropFirst().map(\.id)
            if !queued.isEmpty {
                harness.reader.noteFailing(tenant.id, true)
                harness.reader.batcher.slots[Int(tenant.id)].isGivingBack = true
                harness.reader.noteObstacle(tenant.id, 1)
                harness.reader.giveBack(tenant.id, Set(queued))
                harness.reader.takeEvents()
                #expect(tenant.sent.count == 1 && tenant.isSpooling)
                harness.reader.noteFailing(tenant.id, false)
            }
            harness.acknowledgeAll()
        }
        #expect(mixed > 0)
        #expect(harness.reader.isSettled)
        let lines = harness.delivered.dropFirst(before).map(\.line)
        for name in names {
            let mine = lines.filter { $0.contains("\"\(name)\"") }
            #expect(mine.suffix(40) == (0..<40).map { Self.line(name, $0) }, "\(name)")
        }
        #expect(harness.reader.spool?.storedLines == 0)
    }

    @Test("a full spool that blocks leaves the lines in their files, and nothing is lost or sent twice")
    func blocks() throws {
        let harness = try ReaderHarness {
            $0.outputs[0].spool.afterNanos = 0
            $0.outputs[0].spool.tenantMaxBytes = 64 << 10
            $0.outputs[0].batchMaxBytes = 4 << 10
        }
        var number = 0
        harness.append(Self.line("a", 0) + "\n", to: "x.log")
        harness.step()
        harness.fail("a", true)
        for _ in 0..<60 {
            harness.append((0..<200).map { Self.line("a", number + 1 + $0) + "\n" }.joined(), to: "x.log")
            harness.append(Self.line("b", number) + "\n", to: "x.log")
            number += 200
            harness.step()
            Self.acknowledge(harness, but: ["a"])
            harness.reader.checkpoint()
            Self.checkBooks(harness)
        }
        #expect(harness.reader.spool?.tenants.values.first?.blockedUntilNanos != nil)
        #expect((harness.reader.spool?.store.diskBytes ?? 0) <= 64 << 10)
        #expect(Self.numbers(harness, "b").count == 60)
        harness.fail("a", false)
        for _ in 0..<80 {
            harness.settle()
            harness.reader.checkpoint()
            Self.checkBooks(harness)
        }
        #expect(Self.numbers(harness, "a") == Array(0...number))
        #expect(harness.reader.isSettled)
        #expect(harness.reader.metrics.droppedLines.bind(["out", "spool_full"]).value == 0)
    }

    @Test(
        "an hour of outage with a full spool: exactly what was not delivered was counted as dropped",
        arguments: [SpoolOptions.WhenFull.dropNewest, .dropOldest])
    func outage(policy: SpoolOptions.WhenFull) throws {
        let harness = try ReaderHarness {
            $0.outputs[0].spool.maxBytes = 1 << 20
            $0.outputs[0].spool.tenantMaxBytes = 256 << 10
            $0.outputs[0].spool.whenFull = policy
            $0.outputs[0].batchMaxBytes = 16 << 10
        }
        var counts = ["a": 0, "b": 0, "c": 0]
        func write(_ tenant: String, _ count: Int) {
            let first = counts[tenant, default: 0]
            harness.append((first..<(first + count)).map { Self.line(tenant, $0) + "\n" }.joined(), to: "x.log")
            counts[tenant] = first + count
        }
        write("a", 1)
        write("c", 1)
        harness.step()
        let start = harness.now
        harness.fail("a", true)
        harness.fail("c", true)
        // A step is two seconds of the clock that the reader is given.
        while harness.now - start < 3_600_000_000_000 {
            write("a", 40)
            write("b", 3)
            if harness.now % 20_000_000_000 == 1_000_000_000 { write("c", 1) }
            harness.step()
            Self.acknowledge(harness, but: ["a", "c"])
            harness.reader.checkpoint()
        }
        Self.checkBooks(harness)
        harness.fail("a", false)
        harness.fail("c", false)
        for _ in 0..<5 {
            harness.settle()
            harness.reader.checkpoint()
        }
        let delivered = Self.numbers(harness, "a")
        let dropped = Int(harness.reader.metrics.droppedLines.bind(["out", "spool_full"]).value)
        #expect(dropped > 10_000)
        #expect(delivered == delivered.sorted())
        #expect(Set(delivered).count == delivered.count)
        #expect(delivered.count + dropped == counts["a"])
        // Only the tenant at its limit met the policy.
        #expect(Self.numbers(harness, "b") == Array(0..<(counts["b"] ?? 0)))
        #expect(Self.numbers(harness, "c") == Array(0..<(counts["c"] ?? 0)))
        // The first lines are at the sender from the start; what follows is what the policy keeps.
        #expect(delivered.contains(5000) == (policy == .dropNewest))
        #expect(delivered.contains(71_000) == (policy == .dropOldest))
        Self.checkBooks(harness)
        #expect(harness.reader.isSettled)
    }

    @Test(
        "random stalls, rotations, deletions and kills: nothing is lost and every tenant's order is kept",
        arguments: 0..<24)
    func random(seed: Int) throws {
        var random = SeededGenerator.forTest(seed: UInt64(seed))
        let harness = try ReaderHarness {
            $0.outputs[0].spool.afterNanos = 6_000_000_000
            $0.outputs[0].spool.tenantMaxBytes = Int64(random.int((16 << 10)...(256 << 10)))
            $0.outputs[0].batchMaxBytes = random.int(512...4096)
            $0.maxUnackedBytes = random.int((8 << 10)...(64 << 10))
        }
        let tenants = ["a", "b", "c"]
        var next = [0, 0, 0]
        var stalled: Set<String> = []
        var kills = 0
        /// The first numbers in each generation of the file: order is kept within a file.
        var files: [[Int]] = [next]
        for _ in 0..<120 {
            for _ in 0..<random.int(0...3) {
                let index = random.int(0...2)
                let count = random.int(1...40)
                harness.append(
                    (next[index]..<(next[index] + count)).map { Self.line(tenants[index], $0) + "\n" }.joined(),
                    to: "x.log")
                next[index] += count
            }
            harness.step()
            let tenant = tenants[random.int(0...2)]
            switch random.int(0...11) {
            case 0, 1:
                // A request fails only where there is one.
                if harness.waiting.contains(where: { $0.tenantName == tenant }) {
                    stalled.insert(tenant)
                    harness.fail(tenant, true)
                }
            case 2:
                stalled.remove(tenant)
                harness.fail(tenant, false)
            case 3 where FileManager.default.fileExists(atPath: harness.directory.file("x.log")):
                // What leaves the globs cannot be found after a kill, but for what was spooled in time.
                files.append(next)
                let name = "\(random.int(0...1_000_000))"
                if seed % 2 == 0 {
                    try harness.rename("x.log", "x.log.\(name)")
                } else if random.oneIn(2) {
                    try harness.rename("x.log", "old.\(name)")
                } else {
                    try harness.remove("x.log")
                }
            case 4 where seed % 2 == 0 && random.oneIn(3):
                harness.reader.checkpoint()
                try harness.killAndRestart()
                stalled = []
                kills += 1
            case 5, 6: harness.reader.checkpoint()
            default: Self.acknowledge(harness, but: stalled)
            }
            Self.checkBooks(harness, ["spool_full", "truncated"])
        }
        for tenant in tenants { harness.fail(tenant, false) }
        for _ in 0..<10 {
            harness.settle()
            harness.reader.checkpoint()
        }
        for (index, tenant) in tenants.enumerated() {
            let numbers = Self.numbers(harness, tenant)
            let missing = Set(0..<next[index]).subtracting(numbers)
            #expect(missing.isEmpty, "seed \(seed): \(tenant) misses \(missing.sorted().prefix(5)), \(kills) kills")
            guard kills == 0 else { continue }
            #expect(numbers.count == next[index], "seed \(seed): \(tenant)")
            for (start, end) in zip(files, files.dropFirst() + [next]) {
                let range = start[index]..<end[index]
                #expect(numbers.filter { range.contains($0) } == Array(range), "seed \(seed): \(tenant)")
            }
        }
        #expect(harness.reader.isSettled)
    }

    @Test("a kill while tenants go over to spools repeats at most max_unacked_bytes", arguments: 0..<40)
    func exposure(seed: Int) throws {
        var random = SeededGenerator.forTest(seed: UInt64(seed))
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 16 << 10
            $0.outputs[0].batchMaxBytes = random.int(512...4096)
            $0.outputs[0].spool.afterNanos = 4_000_000_000
        }
        let tenants = ["a", "b", "c"]
        var next = 0
        var bytes: [String: Int] = [:]
        let steps = random.int(8...40)
        for step in 0..<steps {
            for tenant in tenants {
                let lines = (0..<random.int(1...60)).map { Self.line(tenant, next + $0) }
                next += lines.count
                for line in lines { bytes[line] = line.utf8.count + 1 }
                harness.append(lines.map { $0 + "\n" }.joined(), to: "x.log")
            }
            harness.step()
            if step == 3 { for tenant in ["a", "b"] { harness.fail(tenant, true) } }
            if step == 20, random.oneIn(2) { harness.fail("a", false) }
            for batch in harness.waiting where batch.tenantName == "c" || step > 20 && random.oneIn(3) {
                harness.acknowledge(batch)
            }
            #expect(harness.reader.spool?.unsavedBytes ?? 0 <= 4 << 10)
        }
        try harness.killAndRestart()
        for _ in 0..<10 {
            harness.settle()
            harness.reader.checkpoint()
        }
        var counts: [String: Int] = [:]
        for line in harness.lines { counts[line, default: 0] += 1 }
        #expect(counts.count == next)
        let repeated = counts.reduce(0) { $0 + ($1.value - 1) * (bytes[$1.key] ?? 0) }
        #expect(repeated <= 16 << 10, "seed \(seed): \(repeated) bytes came twice after \(steps) steps")
    }
}
