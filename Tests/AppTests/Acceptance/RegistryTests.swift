import Foundation
import TestSupport
import Testing

@Suite("The embedded registry of cells, at the running gateway")
struct RegistryTests {
    private let cells = "/api/governance/cells"

    private func gateway() throws -> GatewayProcess {
        try GatewayProcess("governance: { mode: embedded }\n", environment: HealthSummary.environment)
    }

    private func body(_ upstream: String, ttlSeconds: Int = 60) -> [UInt8] {
        let text = #"{"upstreams":["\#(upstream)"],"health_path":"/health","ttl_seconds":\#(ttlSeconds),"zone":"b"}"#
        return Array(text.utf8)
    }

    @Test("a registered cell is listed and routed, and gone after its removal")
    func registerAndRemove() throws {
        let cell = try HTTPStub { _ in .status(200, body: Array("hello".utf8)) }
        let gateway = try gateway()
        #expect(try gateway.send("GET", "/api/v1/crm/x").failure?.code == "UNKNOWN_CELL")
        let put = try gateway.send(
            "PUT", "\(cells)/crm", headers: HealthSummary.authorization, body: body(cell.url))
        #expect((200..<300).contains(put.status), "\(put.text)")
        #expect(try eventually { try gateway.send("GET", "/api/v1/crm/x").text == "hello" })
        #expect(try eventually { try summary(gateway).cells.first?.status == "up" })
        let known = try summary(gateway)
        #expect(known.governance == "embedded" && known.status == "ok" && known.cells.map(\.name) == ["crm"])
        let removed = try gateway.send("DELETE", "\(cells)/crm", headers: HealthSummary.authorization)
        #expect((200..<300).contains(removed.status))
        #expect(try eventually { try gateway.send("GET", "/api/v1/crm/x").failure?.code == "UNKNOWN_CELL" })
        #expect(try summary(gateway).cells.isEmpty)
    }

    @Test("changes need the admin token")
    func changesNeedTheToken() throws {
        let gateway = try gateway()
        for headers in [[], [("Authorization", "Bearer wrong")]] {
            let put = try gateway.send("PUT", "\(cells)/crm", headers: headers, body: body("http://127.0.0.1:9"))
            #expect(put.status == 401 && put.failure?.code == "UNAUTHENTICATED")
            #expect(try gateway.send("DELETE", "\(cells)/crm", headers: headers).status == 401)
        }
        #expect(try summary(gateway).cells.isEmpty)
    }

    @Test("a cell that doesn't renew itself vanishes after its time to live")
    func expiry() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try gateway()
        let put = try gateway.send(
            "PUT", "\(cells)/crm", headers: HealthSummary.authorization, body: body(cell.url, ttlSeconds: 1))
        #expect((200..<300).contains(put.status))
        #expect(try eventually { try gateway.send("GET", "/api/v1/crm/x").failure?.code == "UNKNOWN_CELL" })
    }

    @Test(
        "a malformed registration is refused with a reason",
        arguments: ["", "{", "[]", "{}", #"{"upstreams":[]}"#, #"{"upstreams":["ftp://x"]}"#, #"{"upstreams":"x"}"#])
    func malformed(_ text: String) throws {
        let gateway = try gateway()
        let reply = try gateway.send(
            "PUT", "\(cells)/crm", headers: HealthSummary.authorization, body: Array(text.utf8))
        #expect(reply.status == 400 && reply.failure?.code == "BAD_REQUEST")
        #expect(try summary(gateway).cells.isEmpty)
    }

    @Test("another gateway that uses it as its governance centre sees the same cells")
    func servesOtherGateways() throws {
        let cell = try HTTPStub { _ in .status(200, body: Array("hello".utf8)) }
        let centre = try gateway()
        _ = try centre.send("PUT", "\(cells)/crm", headers: HealthSummary.authorization, body: body(cell.url))
        let other = try GatewayProcess(
            "governance: { interval: 200ms, url: \"http://127.0.0.1:\(centre.port)\" }\n",
            environment: HealthSummary.environment)
        #expect(try eventually { try other.send("GET", "/api/v1/crm/x").text == "hello" })
        #expect(try summary(other).cells.map(\.name) == ["crm"])
    }

    private func summary(_ gateway: GatewayProcess) throws -> HealthSummary {
        try gateway.send("GET", HealthSummary.path, headers: HealthSummary.authorization).decode(HealthSummary.self)
    }
}
