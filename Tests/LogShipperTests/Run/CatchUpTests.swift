import TestSupport
import Testing

@testable import LogShipper

@Suite("Catching up beside fresh lines")
struct CatchUpTests {
    @Test("case 77: while tenants catch up faster than the destination takes it, fresh lines of others still get room")
    func freshLines() throws {
        let harness = try ReaderHarness {
            $0.memoryBytes = 1 << 20
            $0.outputs[0].batchMaxBytes = 16 << 10
        }
        let pad = String(repeating: "x", count: 200)
        func line(_ tenant: String, _ number: Int) -> String {
            "{\"tenant\":\"\(tenant)\",\"n\":\(number),\"pad\":\"\(pad)\"}\n"
        }
        let behind = ["a", "b", "d", "e"]
        harness.append(behind.map { line($0, 0) }.joined(), to: "x.log")
        harness.settle()
        for tenant in behind { harness.fail(tenant, true) }
        harness.append((1...3000).flatMap { number in behind.map { line($0, number) } }.joined(), to: "x.log")
        harness.settle()
        for tenant in behind { harness.fail(tenant, false) }
        // The destination takes one batch a step.
        for step in 0..<60 {
            harness.append(line("fresh", step), to: "x.log")
            harness.step()
            if let first = harness.waiting.first { harness.acknowledge(first) }
            let fresh = harness.delivered.count { $0.tenant == "fresh" }
            #expect(fresh >= step - 3)
        }
        #expect(harness.delivered.count { $0.tenant == "a" } < 3000)
        harness.settle()
        for tenant in behind { #expect(harness.delivered.count { $0.tenant == tenant } == 3001) }
        #expect(
            harness.delivered.filter { $0.tenant == "fresh" }.map { $0.line + "\n" }
                == (0..<60).map { line("fresh", $0) })
    }
}
