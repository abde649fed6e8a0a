import Foundation
import TestSupport
import Testing

@Suite("The health summary, at the running gateway")
struct HealthSummaryTests {
    @Test("without a valid Authorization it is 401, whatever the governance says")
    func unauthenticated() throws {
        let gateway = try GatewayProcess("cells: []\n", environment: HealthSummary.environment)
        let wrong = [
            [], [("Authorization", "")], [("Authorization", "Bearer wrong")],
            [("Authorization", "Basic \(HealthSummary.token)")], [("Authorization", HealthSummary.token)],
            [("Authorization", "Bearer \(HealthSummary.token)x")], [("Authorization", "Bearer ")],
        ]
        for headers in wrong {
            let reply = try gateway.send("GET", HealthSummary.path, headers: headers)
            #expect(reply.status == 401, "\(headers)")
            #expect(reply.failure?.code == "UNAUTHENTICATED", "\(headers)")
            #expect(reply.header("WWW-Authenticate") != nil)
        }
    }

    @Test("without a token of its own the gateway shows it to nobody")
    func noTokenConfigured() throws {
        let gateway = try GatewayProcess("cells: []\n")
        #expect(try gateway.send("GET", HealthSummary.path).status == 401)
        #expect(try gateway.send("GET", HealthSummary.path, headers: [("Authorization", "Bearer ")]).status == 401)
    }

    @Test("the token may stand in a file")
    func tokenFile() throws {
        let folder = try TemporaryDirectory("token")
        let file = try folder.write("\(HealthSummary.token)\n", to: "token")
        let gateway = try GatewayProcess("cells: []\n", environment: ["GATEWAY_ADMIN_TOKEN_FILE": file])
        #expect(try gateway.send("GET", HealthSummary.path, headers: HealthSummary.authorization).status == 200)
    }

    @Test("without a governance centre the gateway is up and lists no cells")
    func withoutGovernance() throws {
        let cell = try HTTPStub { _ in .status(200) }
        let gateway = try GatewayProcess(
            GatewayProcess.cells(["erp": cell.port]), environment: HealthSummary.environment)
        let reply = try gateway.send("GET", HealthSummary.path, headers: HealthSummary.authorization)
        #expect(reply.status == 200)
        #expect(
            try reply.decode(HealthSummary.self)
                == HealthSummary(gateway: "up", status: "ok", governance: "none", cells: []))
    }

    @Test("with a governance centre it lists the centre's cells, and requests are routed to them")
    func governanceUp() throws {
        let cell = try HTTPStub { _ in .status(200, body: Array("erp here".utf8)) }
        let centre = try GovernanceCentre(upstream: cell.url)
        let gateway = try remote(centre.stub.url)
        #expect(try eventually { try gateway.send("GET", "/api/v1/erp/x").text == "erp here" })
        let reply = try gateway.send("GET", HealthSummary.path, headers: HealthSummary.authorization)
        let summary = try reply.decode(HealthSummary.self)
        #expect(reply.status == 200 && summary.gateway == "up" && summary.governance == "remote")
        #expect(summary.cells.map(\.name).sorted() == ["crm", "erp"])
        let erp = try #require(summary.cells.first { $0.name == "erp" })
        #expect(erp.status == "up" && erp.upstreams == [HealthSummary.Upstream(url: cell.url, status: "up")])
        #expect(summary.cells.first { $0.name == "crm" }?.status == "down")
        #expect(reply.text.contains("checked_at"))
    }

    @Test("an unreachable governance centre makes it degraded within one second, with status 200")
    func governanceRefuses() throws {
        let gateway = try remote("http://127.0.0.1:\(try Loopback.freePort())")
        try expectDegraded(gateway, cells: [])
    }

    @Test("a silent governance centre makes it degraded within one second too")
    func governanceSilent() throws {
        let centre = try HTTPStub { _ in .silence }
        let gateway = try remote(centre.url)
        try expectDegraded(gateway, cells: [])
        centre.stop()
    }

    @Test("a centre that is lost leaves the last known cells listed and routed")
    func governanceLost() throws {
        let cell = try HTTPStub { _ in .status(200, body: Array("erp here".utf8)) }
        let centre = try GovernanceCentre(upstream: cell.url)
        let gateway = try remote(centre.stub.url)
        #expect(try eventually { try gateway.send("GET", "/api/v1/erp/x").text == "erp here" })
        centre.stub.stop()
        try expectDegraded(gateway, cells: ["crm", "erp"])
        #expect(try gateway.send("GET", "/api/v1/erp/x").text == "erp here")
    }

    @Test("other methods than GET are 405 and say what is allowed")
    func otherMethods() throws {
        let gateway = try GatewayProcess("cells: []\n", environment: HealthSummary.environment)
        let reply = try gateway.send("DELETE", HealthSummary.path, headers: HealthSummary.authorization)
        #expect(reply.status == 405 && reply.failure?.code == "METHOD_NOT_ALLOWED")
        #expect(reply.header("Allow")?.contains("GET") == true)
    }

    private func remote(_ url: String) throws -> GatewayProcess {
        try GatewayProcess(
            "governance: { interval: 200ms }\n",
            environment: HealthSummary.environment.merging(["GOVERNANCE_URL": url]) { $1 })
    }

    /// The second is the contract's, not a measurement of speed.
    private func expectDegraded(_ gateway: GatewayProcess, cells: [String]) throws {
        var summary: HealthSummary?
        let isDegraded = try eventually {
            let start = ContinuousClock.now
            let reply = try gateway.send("GET", HealthSummary.path, headers: HealthSummary.authorization)
            #expect(reply.status == 200)
            #expect(ContinuousClock.now - start < .seconds(1))
            summary = try reply.decode(HealthSummary.self)
            return summary?.status == "degraded"
        }
        #expect(isDegraded)
        #expect(summary?.gateway == "up" && summary?.governance == "remote")
        #expect(summary?.cells.map(\.name).sorted() == cells)
    }
}
