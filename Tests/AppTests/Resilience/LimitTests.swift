import Foundation
import Locking
import TestSupport
import Testing

@Suite("Limits of tenants, addresses and cells")
struct LimitTests {
    private func gateway(_ limits: String, cell extra: String = "", _ stub: HTTPStub) throws -> GatewayProcess {
        try GatewayProcess(
            "\(limits)\ncells: [{ name: erp, upstreams: [\"\(stub.url)\"]\(extra) }]\n")
    }

    private func ask(_ gateway: GatewayProcess, tenant: String?) throws -> Reply {
        try gateway.send("GET", "/api/v1/erp/x", headers: tenant.map { [("X-Tenant-Id", $0)] } ?? [])
    }

    @Test("a tenant beyond its rate gets 429 with the times to wait, another does not")
    func tenants() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let gateway = try gateway("limits: { tenant_rate: 3/1h }", stub)
        for left in [2, 1, 0] {
            let reply = try ask(gateway, tenant: "acme")
            #expect(reply.status == 200)
            #expect(reply.header("RateLimit-Limit") == "3")
            #expect(reply.header("RateLimit-Remaining") == "\(left)")
        }
        let refused = try ask(gateway, tenant: "acme")
        #expect(refused.status == 429)
        #expect(refused.failure?.code == "RATE_LIMITED")
        #expect(refused.header("Retry-After").flatMap(Int.init).map { (1...1_200).contains($0) } == true)
        #expect(refused.header("RateLimit-Remaining") == "0")
        #expect(try ask(gateway, tenant: "other").status == 200)
        #expect(stub.requests.count == 4)
        #expect(try gateway.metrics().sum("gateway_rejected_total", ["reason": "rate_limited"]) == 1)
        #expect(eventually { gateway.accessLines.contains { $0.errorCode == "RATE_LIMITED" && $0.tenant == "acme" } })
    }

    @Test("an address that varies its tenant is limited all the same, and memory and series stay bounded")
    func varying() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let gateway = try gateway("limits: { address_rate: 50/1h, tenant_rate: 100/1h }", stub)
        let count = ProcessInfo.processInfo.environment["GATEHOUSE_TENANT_FLOOD"].flatMap(Int.init) ?? 20_000
        let passed = Locked(0)
        let begin = Date()
        let before = try gateway.metrics().sum("process_resident_memory_bytes")
        onThreads(4, count: 4) { thread in
            guard let connection = try? HTTPConnection(port: gateway.port) else { return }
            for index in 0..<count / 4 {
                let headers = [("X-Tenant-Id", "t\(thread)-\(index)")]
                guard let reply = try? connection.exchange("GET", "/api/v1/erp/x", headers: headers) else { return }
                if reply.status == 200 { passed.withLock { $0 += 1 } }
            }
        }
        // One more comes back every 72 s.
        let most = 51 + Int(Date().timeIntervalSince(begin) / 72)
        #expect((50...most).contains(passed.withLock { $0 }))
        #expect(stub.requests.count == passed.withLock { $0 })
        let metrics = try gateway.metrics()
        #expect(metrics.sum("process_resident_memory_bytes") - before < 33_554_432)
        #expect(metrics.sum("gateway_metrics_series") < 5_000)
    }

    @Test("a cell's own rates, and its limit of requests in flight with a queue")
    func cells() throws {
        let gate = DispatchSemaphore(value: 0)
        let held = Locked(0)
        let stub = try HTTPStub { _ in
            held.withLock { $0 += 1 }
            gate.wait()
            return .status(200)
        }
        defer { stub.stop() }
        let gateway = try gateway(
            "loops: 1",
            cell: ", concurrency: { enabled: true, initial: 1, min: 1, max: 1 }, queue: { capacity: 1, wait: 20s }",
            stub)
        let statuses = Locked<[Int]>([])
        let finished = DispatchGroup()
        for _ in 0..<3 {
            finished.enter()
            Thread.detachNewThread {
                let status = (try? ask(gateway, tenant: "acme").status) ?? 0
                statuses.withLock { $0.append(status) }
                finished.leave()
            }
        }
        // One is carried, one waits, one is refused at once.
        #expect(eventually { statuses.withLock { $0 } == [503] && held.withLock { $0 } == 1 })
        for _ in 0..<3 { gate.signal() }
        finished.wait()
        #expect(statuses.withLock { $0.sorted() } == [200, 200, 503])
        #expect(try gateway.metrics().sum("gateway_rejected_total", ["reason": "queue_full"]) == 1)
    }
}
