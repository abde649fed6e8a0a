import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Whose a line is, and how many tenants there may be")
struct ManyTenantsTests {
    private func line(_ tenant: String, _ number: Int) -> String { "{\"tenant\":\"\(tenant)\",\"n\":\(number)}" }

    private func oddities(_ harness: ReaderHarness, _ kind: String) -> Double {
        var sum = 0.0
        harness.reader.metrics.registry.forEachSample { name, labels, value in
            if name == "shipper_odd_lines_total", labels.contains(where: { $0.value == kind }) { sum += value }
        }
        return sum
    }

    @Test(
        "case 73: a line whose tenant is missing or no tenant's name belongs to the default tenant, and is counted",
        arguments: [
            ("{\"a\":1}", "tenant_missing"), ("{\"tenant\":17}", "tenant_refused"),
            ("{\"tenant\":null}", "tenant_refused"),
            ("{\"tenant\":\"a\\r\\nX-Evil: 1\"}", "tenant_refused"), ("{\"tenant\":\"../../etc\"}", "tenant_refused"),
            ("{\"tenant\":\"a/b\"}", "tenant_refused"),
            ("{\"tenant\":\"\(String(repeating: "x", count: 10_240))\"}", "tenant_refused"),
            ("{\"tenant\":\"_overflow\"}", "tenant_refused"), ("{\"tenant\":\"\"}", "tenant_refused"),
        ])
    func refused(_ line: String, _ kind: String) throws {
        let harness = try ReaderHarness()
        harness.append(line + "\n", to: "x.log")
        harness.settle()
        #expect(harness.delivered.map(\.tenant) == ["_none"] && harness.lines == [line])
        #expect(oddities(harness, kind) == 1)
    }

    @Test(
        "case 74: the tenant is the key at the top level, however it is written, and never one that only looks like it",
        arguments: [
            ("{\"x\":{\"tenant\":\"wrong\"},\"tenant\":\"right\"}", "right"),
            ("{\"x\":\"\\\"tenant\\\":\\\"wrong\\\"\",\"tenant\":\"right\"}", "right"),
            ("{\"ten\\u0061nt\":\"right\"}", "right"), ("{\"tenant\":\"r\\u0069ght\"}", "right"),
            ("{\"tenant\":\"one\",\"tenant\":\"two\"}", "_none"),
            ("{\"tenant\":\"right\",\"tenant\":\"right\"}", "right"),
            ("{\"tenant\":\"one\",\"ten\\u0061nt\":\"two\"}", "_none"), ("tenant=wrong", "_none"),
            ("[{\"tenant\":\"wrong\"}]", "_none"), ("{\"x\":{\"tenant\":\"wrong\"}}", "_none"),
        ])
    func lookalikes(_ line: String, _ tenant: String) throws {
        let harness = try ReaderHarness()
        harness.append(line + "\n", to: "x.log")
        harness.settle()
        #expect(harness.delivered.map(\.tenant) == [tenant])
    }

    @Test(
        "case 75: tenants beyond the limit share the overflow, lose nothing, and get their own names when there is room"
    )
    func overflow() throws {
        let harness = try ReaderHarness { $0.maxTenants = 8 }
        harness.append((0..<20).map { line("t\($0)", 1) + "\n" }.joined(), to: "x.log")
        harness.step()
        #expect(harness.delivered.count == 20)
        #expect(harness.delivered.count { $0.tenant == "_overflow" } == 12)
        #expect(oddities(harness, "tenant_overflow") == 12)
        harness.append(line("t19", 2) + "\n", to: "x.log")
        harness.step()
        #expect(harness.delivered.last?.tenant == "_overflow")
        harness.acknowledgeAll()
        harness.step()
        harness.append((12..<20).map { line("t\($0)", 3) + "\n" }.joined(), to: "x.log")
        harness.step()
        #expect(harness.delivered.suffix(8).map(\.tenant) == (12..<20).map { "t\($0)" })
        #expect(Set(harness.lines).count == 29 && harness.reader.tenants.count <= 10)
    }

    @Test(
        "case 75: numbers of idle tenants go round, those of busy ones don't, and reading again gives out none",
        arguments: [false, true])
    func churn(_ hasSpool: Bool) throws {
        let harness = try ReaderHarness {
            $0.maxTenants = 32
            // A spool is filled while the others come, by passes that meet everyone who was in the file.
            if !hasSpool { $0.outputs[0].spool.maxBytes = 0 }
        }
        harness.append(line("stuck", 0) + "\n", to: "x.log")
        harness.step()
        harness.fail("stuck", true)
        for round in 0..<40 {
            harness.append((0..<15).map { line("r\(round)-\($0)", round) + "\n" }.joined(), to: "x.log")
            harness.append(line("stuck", round + 1) + "\n", to: "x.log")
            harness.step()
            for batch in harness.waiting where batch.tenantName != "stuck" { harness.acknowledge(batch) }
        }
        #expect(harness.reader.tenants.count <= 33)
        #expect(oddities(harness, "tenant_overflow") == 0)
        for (tenant, line, _) in harness.delivered { #expect(line.contains("\"tenant\":\"\(tenant)\"")) }
        harness.fail("stuck", false)
        harness.settle()
        #expect(harness.delivered.filter { $0.tenant == "stuck" }.map(\.line) == (0...40).map { line("stuck", $0) })
        #expect(harness.delivered.count == 40 * 15 + 41)
    }

    @Test("lines that a tenant took under its own name are not taken again for the overflow", arguments: [true, false])
    func releasedBesideOverflow(_ isReclaimed: Bool) throws {
        let harness = try ReaderHarness { $0.maxTenants = 2 }
        harness.append(["own", "other", "third"].map { line($0, 1) + "\n" }.joined(), to: "x.log")
        harness.step()
        harness.fail("_overflow", true)
        harness.append(["third", "own", "third"].map { line($0, 2) + "\n" }.joined(), to: "x.log")
        harness.step()
        for batch in harness.waiting where batch.tenantName != "_overflow" { harness.acknowledge(batch) }
        // Idle for long: its number might go to somebody else.
        if isReclaimed { for _ in 0..<4 { harness.step() } }
        harness.fail("_overflow", false)
        harness.settle()
        #expect(harness.lines.count == 6 && Set(harness.lines).count == 5)
        harness.append(line("third", 3) + "\n", to: "x.log")
        harness.settle()
        #expect(harness.delivered.last?.tenant == "third")
    }

    @Test("case 75: what a kill leaves of the overflow comes again under whatever tenant it then has")
    func killed() throws {
        let harness = try ReaderHarness { $0.maxTenants = 2 }
        harness.append((0..<6).map { line("t\($0)", 1) + "\n" }.joined(), to: "x.log")
        harness.step()
        for batch in harness.waiting where batch.tenantName != "_overflow" { harness.acknowledge(batch) }
        harness.reader.checkpoint()
        harness.configuration.maxTenants = 100
        try harness.killAndRestart()
        harness.settle()
        let again = harness.delivered.filter { $0.batch.hasPrefix("1/") }.map(\.tenant)
        #expect(Set(again).isSuperset(of: ["t2", "t3", "t4", "t5"]) && !again.contains("_overflow"))
    }
}
