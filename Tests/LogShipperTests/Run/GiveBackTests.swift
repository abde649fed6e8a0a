import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("What failing tenants give back")
struct GiveBackTests {
    private func line(_ tenant: String, _ number: Int) -> String { "{\"tenant\":\"\(tenant)\",\"n\":\(number)}" }

    @Test("failing tenants keep one batch of a full window, get every line once and in order, and the books balance")
    func fullWindow() throws {
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 8 << 10
            $0.memoryBytes = 8 << 10
            $0.outputs[0].batchMaxBytes = 512
        }
        harness.append((0..<400).map { line("a", $0) + "\n" + line("b", $0) + "\n" }.joined(), to: "x.log")
        for _ in 0..<4 { harness.step() }
        harness.append((0..<100).map { line("c", $0) + "\n" }.joined(), to: "x.log")
        harness.step()
        #expect(harness.delivered.count { $0.tenant == "c" } < 100)
        harness.fail("a", true)
        harness.fail("b", true)
        for _ in 0..<20 {
            harness.step()
            for batch in harness.waiting where batch.tenantName == "c" { harness.acknowledge(batch) }
        }
        #expect(harness.delivered.filter { $0.tenant == "c" }.map(\.line) == (0..<100).map { line("c", $0) })
        #expect(harness.waiting.map(\.tenantName).sorted() == ["a", "b"])
        let metrics = harness.reader.metrics
        func balance() -> Bool {
            var values: [String: Double] = [:]
            metrics.registry.forEachSample { name, _, value in values[name, default: 0] += value }
            return values["shipper_read_lines_total"]
                == (values["shipper_acked_lines_total"] ?? 0) + (values["shipper_pending_lines"] ?? 0)
        }
        #expect(balance())
        harness.fail("a", false)
        harness.fail("b", false)
        harness.settle()
        for tenant in ["a", "b"] {
            #expect(harness.delivered.filter { $0.tenant == tenant }.map(\.line) == (0..<400).map { line(tenant, $0) })
        }
        #expect(balance())
        #expect(harness.reader.givenBackLines == 0)
        #expect(harness.reader.batcher.unackedBytes(1) == 0)
    }

    @Test("lines that were given back and then truncated away are counted as dropped")
    func truncated() throws {
        let harness = try ReaderHarness {
            $0.maxUnackedBytes = 8 << 10
            $0.memoryBytes = 8 << 10
            $0.outputs[0].batchMaxBytes = 512
        }
        harness.append((0..<400).map { line($0 % 2 == 0 ? "a" : "b", $0) + "\n" }.joined(), to: "x.log")
        harness.step()
        harness.fail("a", true)
        harness.fail("b", true)
        for _ in 0..<10 { harness.step() }
        #expect(harness.givenBack > 0)
        let given = harness.reader.givenBackLines
        try harness.truncate("x.log")
        harness.append("new\n", to: "x.log")
        harness.step()
        #expect(given > 0)
        #expect(harness.reader.givenBackLines == given)
        // No copy has turned up.
        harness.reader.forgetGone(harness.reader.wallNanos() / 1_000_000_000 + 700)
        #expect(harness.reader.givenBackLines == 0)
        #expect(harness.reader.metrics.droppedLines.bind(["out", "truncated"]).value == UInt64(given))
    }
}
