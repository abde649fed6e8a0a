import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Tenants' rules in the reader")
struct TenantRulesTests {
    private func line(_ tenant: String, _ number: Int, level: String = "info") -> String {
        "{\"tenant\":\"\(tenant)\",\"level\":\"\(level)\",\"n\":\(number)}"
    }

    /// Sums by name, and by name and the value of one label.
    private func values(_ harness: ReaderHarness) -> [String: Double] {
        var values: [String: Double] = [:]
        harness.reader.metrics.registry.forEachSample { name, labels, value in
            values[name, default: 0] += value
            for label in labels { values["\(name) \(label.1)", default: 0] += value }
        }
        return values
    }

    private func isBalanced(_ harness: ReaderHarness) -> Bool {
        let values = values(harness)
        let settled = ["acked_lines_total", "dropped_lines_total", "dead_letters_total", "pending_lines"]
            .reduce(0) { $0 + (values["shipper_\($1)"] ?? 0) }
        return values["shipper_read_lines_total"] == settled
    }

    private static func rules(_ match: [String], _ change: (inout TenantRules) -> Void) -> TenantRules {
        var rules = TenantRules(match: match)
        change(&rules)
        return rules
    }

    private static func withoutDebug(_ match: [String]) -> TenantRules {
        rules(match) {
            var filter = TenantRules.LineFilter()
            (filter.field, filter.equals) = ("level", ["debug"])
            $0.filters = [filter]
        }
    }

    @Test("lines are redacted and dropped by their tenant's rules, and all of them are counted")
    func rules() throws {
        let harness = try ReaderHarness {
            $0.tenantRules = [
                Self.rules(["a*"]) {
                    $0 = Self.withoutDebug(["a*"])
                    $0.redactions = [TenantRules.Redaction(target: .field("n"), action: .mask)]
                    $0.maxAgeNanos = 1_000_000_000
                }
            ]
        }
        harness.append(
            line("a", 1) + "\n" + line("b", 1, level: "debug") + "\n" + line("a", 2, level: "debug") + "\n", to: "x.log"
        )
        harness.append(
            "{\"tenant\":\"a\",\"ts\":\"2001-01-01T00:00:00Z\"}\n{\"tenant\":\"a\",\"ts\":978307200}\n", to: "x.log")
        harness.append("{\"tenant\":\"a\",\"n\":1\n", to: "x.log")
        harness.settle()
        #expect(
            harness.lines.sorted()
                == ["{\"tenant\":\"a\",\"level\":\"info\",\"n\":\"***\"}", line("b", 1, level: "debug")].sorted())
        let values = values(harness)
        #expect(values["shipper_dropped_lines_total filtered"] == 1)
        #expect(values["shipper_dropped_lines_total too_old"] == 2)
        #expect(values["shipper_dropped_lines_total unparsed"] == 1)
        #expect(values["shipper_redacted_values_total field"] == 1)
        #expect(values["shipper_read_lines_total"] == 6)
        #expect(values["shipper_lines_total a"] == 5)
        #expect(isBalanced(harness))
    }

    @Test(
        "what was spooled or is given back as a dead letter is redacted by the rules of today, and nothing is dropped")
    func laterRules() throws {
        let harness = try ReaderHarness { $0.outputs[0].spool.afterNanos = 0 }
        let count = 40
        harness.append((0..<count).map { line("a", $0) + "\n" }.joined(), to: "x.log")
        harness.append(line("a", 99, level: "debug") + "\nplain 4111 1111 1111 1111\n", to: "x.log")
        harness.step()
        harness.fail("a", true)
        for _ in 0..<4 {
            harness.step()
            harness.reader.checkpoint()
        }
        #expect(harness.reader.spool?.tenants.isEmpty == false)
        let directory = harness.configuration.stateDirectory + "/replay/out"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let letter = DeadLetter(
            tenant: "a", path: "/old.log", offset: 7, status: 400, reason: "no", wallNanos: 1,
            line: Array(line("a", 77).utf8))
        try Data(letter.encoded()).write(to: URL(fileURLWithPath: directory + "/1.letters"))
        harness.configuration.tenantRules = [
            Self.rules(["a"]) {
                $0 = Self.withoutDebug(["a"])
                $0.redactions = [TenantRules.Redaction(target: .field("n"), action: .mask)]
            }
        ]
        let before = harness.delivered.count
        try harness.killAndRestart()
        harness.step()
        // A part of what is redacted may be done when a kill comes.
        harness.reader.checkpoint()
        harness.settle()
        harness.reader.checkpoint()
        let after = harness.delivered.dropFirst(before).filter { $0.tenant == "a" }.map(\.line)
        let hidden = "{\"tenant\":\"a\",\"level\":\"info\",\"n\":\"***\"}"
        #expect(after.filter { $0 == hidden }.count == count + 1)
        #expect(after.filter { $0.contains("debug") && $0.contains("***") }.count == 1)
        #expect(after.count == count + 2)
        #expect(values(harness)["shipper_redacted_values_total field"] == Double(count + 2))
        #expect(harness.reader.isSettled && isBalanced(harness))
        #expect(harness.reader.spool?.store.spools.isEmpty == true)
    }

    @Test(
        "lines that are read again after a give-back are not counted twice, nor are those that were dropped between them"
    )
    func givenBack() throws {
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 8 << 10
            $0.memoryBytes = 8 << 10
            $0.outputs[0].batchMaxBytes = 512
            $0.tenantRules = [Self.withoutDebug(["a", "b"])]
        }
        let lines = (0..<400).map { line("a", $0, level: $0 % 3 == 0 ? "debug" : "info") + "\n" + line("b", $0) + "\n" }
        harness.append(lines.joined(), to: "x.log")
        for _ in 0..<4 { harness.step() }
        harness.append((0..<100).map { line("c", $0) + "\n" }.joined(), to: "x.log")
        harness.step()
        harness.fail("a", true)
        harness.fail("b", true)
        for _ in 0..<20 {
            harness.step()
            for batch in harness.waiting where batch.tenantName == "c" { harness.acknowledge(batch) }
        }
        #expect(harness.givenBack > 0)
        #expect(isBalanced(harness))
        harness.fail("a", false)
        harness.fail("b", false)
        harness.settle()
        #expect(
            harness.delivered.filter { $0.tenant == "a" }.map(\.line)
                == (0..<400).filter { $0 % 3 != 0 }.map { line("a", $0) })
        #expect(harness.delivered.filter { $0.tenant == "b" }.map(\.line) == (0..<400).map { line("b", $0) })
        let values = values(harness)
        #expect(values["shipper_dropped_lines_total"] == 134)
        #expect(values["shipper_read_lines_total"] == 900)
        #expect(isBalanced(harness))
        #expect(harness.reader.files.values.allSatisfy { $0.reread.isEmpty || $0.lag.isEmpty })
    }

    @Test("a rate that drops counts what it drops, and others are not limited")
    func dropping() throws {
        let harness = try ReaderHarness {
            $0.tenantRules = [
                Self.rules(["a"]) {
                    $0.rateLimit = TenantRules.RateLimit(linesPerSecond: 10, burstNanos: 2_000_000_000, whenOver: .drop)
                }
            ]
        }
        harness.append((0..<100).map { line("a", $0) + "\n" + line("b", $0) + "\n" }.joined(), to: "x.log")
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "a" }.map(\.line) == (0..<20).map { line("a", $0) })
        #expect(harness.delivered.count { $0.tenant == "b" } == 100)
        #expect(values(harness)["shipper_dropped_lines_total rate_limit"] == 80)
        #expect(isBalanced(harness))
    }

    @Test(
        "case 76: a tenant beyond its rate waits in the file, loses nothing and keeps its order, and the others go on")
    func delaying() throws {
        let harness = try ReaderHarness {
            $0.tenantRules = [
                Self.rules(["a"]) {
                    $0.rateLimit = TenantRules.RateLimit(
                        bytesPerSecond: 10 * 40, linesPerSecond: 10, burstNanos: 2_000_000_000, whenOver: .delay)
                }
            ]
        }
        harness.append((0..<100).map { line("a", $0) + "\n" + line("b", $0) + "\n" }.joined(), to: "x.log")
        harness.step()
        #expect(harness.delivered.count { $0.tenant == "b" } == 100)
        var counts: [Int] = []
        for _ in 0..<12 {
            harness.acknowledgeAll()
            counts.append(harness.delivered.count { $0.tenant == "a" })
            harness.step()
        }
        // Each step of the harness takes two seconds.
        let steps = zip(counts, counts.dropFirst()).map { $1 - $0 }
        #expect(counts[0] <= 21 && steps.allSatisfy { $0 <= 21 } && counts.last == 100, "\(counts)")
        #expect(harness.delivered.filter { $0.tenant == "a" }.map(\.line) == (0..<100).map { line("a", $0) })
        #expect(values(harness)["shipper_dropped_lines_total"] ?? 0 == 0)
        harness.settle()
        #expect(isBalanced(harness))
        #expect(harness.reader.files.values.allSatisfy { $0.lag.isEmpty })
    }

    @Test("what waits for its rate survives a kill")
    func killed() throws {
        let harness = try ReaderHarness {
            $0.tenantRules = [
                Self.rules(["a"]) {
                    $0.rateLimit = TenantRules.RateLimit(linesPerSecond: 5, burstNanos: 1_000_000_000, whenOver: .delay)
                }
            ]
        }
        harness.append((0..<40).map { line("a", $0) + "\n" }.joined(), to: "x.log")
        harness.step()
        harness.acknowledgeAll()
        harness.reader.checkpoint()
        try harness.killAndRestart()
        for _ in 0..<20 {
            harness.step()
            harness.acknowledgeAll()
        }
        #expect(harness.lines == (0..<40).map { line("a", $0) })
    }
}
