import Foundation
import TestSupport
import Testing

@Suite("The tenant rule, at the running gateway")
struct TenantRuleTests {
    /// A cell that answers with the tenant it was told.
    private func cell() throws -> HTTPStub {
        try HTTPStub { .status(200, body: Array(($0.header("X-Tenant-Id") ?? "-").utf8)) }
    }

    @Test("without the rule a request without a tenant reaches its cell, and names none there")
    func offByDefault() throws {
        let cell = try cell()
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let reply = try gateway.send("GET", "/api/v1/erp/orders?page=2")
        #expect(reply.status == 200 && reply.text == "-")
        #expect(cell.requests.map(\.target) == ["/api/v1/erp/orders?page=2"])
        let named = try gateway.send("GET", "/api/v1/erp/orders", headers: [("X-Tenant-Id", "acme")])
        #expect(named.text == "acme")
    }

    @Test("with the rule in the file a missing or empty tenant is 400 and never reaches the cell")
    func onByFile() throws {
        let cell = try cell()
        let gateway = try GatewayProcess("tenancy: { required: true }\n" + GatewayProcess.cells(["erp": cell.port]))
        for headers in [[], [("X-Tenant-Id", "")], [("X-Tenant-Id", "   ")]] {
            let reply = try gateway.send("GET", "/api/v1/erp/orders", headers: headers)
            #expect(reply.status == 400)
            #expect(reply.failure?.code == "MISSING_TENANT_ID")
            #expect(reply.failure?.requestID == reply.header("X-Request-Id"))
            #expect(reply.header("Content-Type")?.hasPrefix("application/json") == true)
        }
        #expect(cell.requests.isEmpty)
        let reply = try gateway.send("GET", "/api/v1/erp/orders", headers: [("x-tenant-id", "acme")])
        #expect(reply.status == 200 && reply.text == "acme")
    }

    @Test("every spelling of true in the environment turns the rule on", arguments: ["1", "TRUE", "Yes", "on"])
    func onByEnvironment(_ value: String) throws {
        let cell = try cell()
        let gateway = try GatewayProcess(
            GatewayProcess.cells(["erp": cell.port]), environment: ["GATEWAY_REQUIRE_TENANT_ID": value])
        #expect(try gateway.send("GET", "/api/v1/erp/orders").failure?.code == "MISSING_TENANT_ID")
        #expect(try gateway.send("GET", "/api/v1/erp/", headers: [("X-Tenant-Id", "t-1")]).status == 200)
    }

    @Test("the environment wins over the file")
    func environmentWins() throws {
        let cell = try cell()
        let gateway = try GatewayProcess(
            "tenancy: { required: true }\n" + GatewayProcess.cells(["erp": cell.port]),
            environment: ["GATEWAY_REQUIRE_TENANT_ID": "0"])
        #expect(try gateway.send("GET", "/api/v1/erp/orders").status == 200)
    }

    @Test("a tenant id outside the allowed form, or given twice, is refused and never reaches the cell")
    func invalidTenant() throws {
        let cell = try cell()
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let refused = [
            [("X-Tenant-Id", "a,b")], [("X-Tenant-Id", String(repeating: "x", count: 65))], [("X-Tenant-Id", "-a")],
            [("X-Tenant-Id", "../a")], [("X-Tenant-Id", "t\u{e9}nant")], [("X-Tenant-Id", "a b")],
            [("X-Tenant-Id", "acme"), ("X-Tenant-Id", "acme")], [("X-Tenant-Id", "acme"), ("x-tenant-id", "evil")],
        ]
        for headers in refused {
            let reply = try gateway.send("GET", "/api/v1/erp/orders", headers: headers)
            #expect(reply.status == 400, "\(headers)")
            #expect(reply.failure?.code == "INVALID_TENANT_ID", "\(headers)")
        }
        #expect(cell.requests.isEmpty)
        for tenant in ["a", "A.b_c-9", String(repeating: "x", count: 64)] {
            #expect(try gateway.send("GET", "/api/v1/erp/", headers: [("X-Tenant-Id", tenant)]).text == tenant)
        }
    }

    @Test("the tenant arrives although the client lists it as hop by hop, and a look-alike does not")
    func hopByHop() throws {
        let cell = try HTTPStub { request in
            let names = request.headers.map { $0.name.lowercased() }
            return .status(200, body: Array("\(request.header("X-Tenant-Id") ?? "-") \(names)".utf8))
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["erp": cell.port]))
        let connection = try HTTPConnection(port: gateway.port)
        let reply = try connection.exchange(
            "GET", "/api/v1/erp/orders",
            headers: [
                ("X-Tenant-Id", "acme"), ("X_Tenant_Id", "evil"), ("Connection", "X-Tenant-Id, X-Secret"),
                ("X-Secret", "1"),
            ])
        #expect(reply.text.hasPrefix("acme "))
        #expect(!reply.text.contains("x_tenant_id") && !reply.text.contains("x-secret"))
    }

    @Test("checks come in the order framing, path, tenant, limits, cell")
    func orderOfChecks() throws {
        let gateway = try GatewayProcess("tenancy: { required: true }\nlimits: { body: 100 }\ncells: []\n")
        let big = [UInt8](repeating: 120, count: 200)
        let tenant = [("X-Tenant-Id", "acme")]
        let framing = try gateway.send("POST", "/nowhere", headers: [("Transfer-Encoding", "x")], body: big)
        #expect(framing.failure?.code == "BAD_REQUEST" || framing.failure?.code == "NOT_IMPLEMENTED")
        #expect(try gateway.send("POST", "/nowhere", body: [1]).failure?.code == "NOT_FOUND")
        #expect(try gateway.send("POST", "/api/v1/none/x", body: big).failure?.code == "MISSING_TENANT_ID")
        let limits = try gateway.send("POST", "/api/v1/none/x", headers: tenant, body: big)
        #expect(limits.status == 413 && limits.failure?.code == "BODY_TOO_LARGE")
        let unknown = try gateway.send("POST", "/api/v1/none/x", headers: tenant, body: [1])
        #expect(unknown.status == 404 && unknown.failure?.code == "UNKNOWN_CELL")
    }
}
