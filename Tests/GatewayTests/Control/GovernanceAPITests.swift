import Locking
import Synchronization
import Testing

@testable import Gateway

@Suite struct GovernanceAPITests {
    private static let body = #"{"upstreams":["http://10.0.0.1:80"],"health_path":"/healthz","ttl_seconds":10}"#

    @Test func `a registered cell is listed and routed with its health check`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        let response = await fixture.send("PUT", "/api/governance/cells/erp", body: Self.body)
        #expect(response?.status == 200)
        let list = try #require(await fixture.send("GET", "/api/governance/cells", token: nil))
        let cells = try JSONReader.parse(list.body)["cells"]?.elements
        #expect(cells?.compactMap { $0["name"]?.text } == ["erp"])
        #expect(cells?.first?["status"]?.text == "up")
        let expected = CellDefinition(
            name: "erp", upstreams: [UpstreamAddress(url: "http://10.0.0.1:80", host: "10.0.0.1", port: 80)],
            health: HealthCheck(path: "/healthz"))
        #expect(fixture.applied.withLock { $0 } == [[expected]])
    }

    @Test func `a renewal that changes nothing does not disturb the data plane`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        for _ in 0..<3 { _ = await fixture.send("PUT", "/api/governance/cells/erp", body: Self.body) }
        #expect(fixture.applied.withLock { $0.count } == 1)
    }

    @Test func `changes are audited, heartbeats are not`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        for _ in 0..<3 { _ = await fixture.send("PUT", "/api/governance/cells/erp", body: Self.body) }
        let other = Self.body.replacing("10.0.0.1", with: "10.0.0.2")
        _ = await fixture.send("PUT", "/api/governance/cells/erp", body: other)
        _ = await fixture.send("DELETE", "/api/governance/cells/erp")
        let expected = ["cell registered erp", "cell registered erp", "cell removed erp"]
        #expect(fixture.audited.withLock { $0 } == expected)
    }

    @Test func `writing needs the admin token`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        for method in ["PUT", "DELETE"] {
            let response = await fixture.send(method, "/api/governance/cells/erp", token: "x", body: Self.body)
            #expect(response?.status == 401)
        }
        #expect(fixture.applied.withLock { $0.isEmpty })
    }

    @Test func `a removed cell is gone, and removing it again is 404`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        _ = await fixture.send("PUT", "/api/governance/cells/erp", body: Self.body)
        #expect(await fixture.send("DELETE", "/api/governance/cells/erp")?.status == 204)
        #expect(await fixture.send("DELETE", "/api/governance/cells/erp")?.status == 404)
        #expect(fixture.applied.withLock { $0.last } == [])
    }

    @Test func `an overdue cell is neither listed nor routed`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        _ = await fixture.send("PUT", "/api/governance/cells/erp", body: Self.body)
        fixture.now.withLock { $0 += 10_000 }
        fixture.directory.forgetOverdue()
        let list = try #require(await fixture.send("GET", "/api/governance/cells"))
        #expect(String(decoding: list.body, as: UTF8.self) == #"{"cells":[]}"#)
        #expect(fixture.applied.withLock { $0.last } == [])
    }

    @Test func `a configured cell cannot be changed from outside`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        fixture.directory.configure([GovernanceFixture.cell])
        #expect(await fixture.send("PUT", "/api/governance/cells/erp", body: Self.body)?.status == 403)
        #expect(await fixture.send("DELETE", "/api/governance/cells/erp")?.status == 403)
        #expect(fixture.applied.withLock { $0 } == [[GovernanceFixture.cell]])
    }

    @Test func `a full registry is 503 and a bad body 400`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        for name in ["a", "b"] { _ = await fixture.send("PUT", "/api/governance/cells/\(name)", body: Self.body) }
        #expect(await fixture.send("PUT", "/api/governance/cells/c", body: Self.body)?.status == 503)
        #expect(await fixture.send("PUT", "/api/governance/cells/a", body: "{}")?.status == 400)
    }

    @Test func `paths and methods of others are not served`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        #expect(await fixture.send("GET", "/api/governance/cellsx") == nil)
        #expect(await fixture.send("GET", "/api/governance") == nil)
        #expect(await fixture.send("GET", "/api/governance/cells/A%2F")?.status == 400)
        #expect(await fixture.send("POST", "/api/governance/cells/erp")?.status == 405)
        #expect(await fixture.send("POST", "/api/governance/cells")?.status == 405)
        #expect(try await GovernanceFixture(.none).send("GET", "/api/governance/cells") == nil)
    }

    @Test func `one bad cell in a centre's answer does not take the others away`() throws {
        let body = """
            {"cells":[{"name":"BAD"},{"name":"a","upstreams":["ftp://x","http://h:1","http://h:1",{"url":"http://i"}]},
            {"name":"a"},5,{"name":"b","status":"strange","checked_at":"yesterday"},{"name":"c"}]}
            """
        let reading = try GovernedCell.read(
            Array(body.utf8), settings: GovernanceSettings(maxCells: 2, maxUpstreams: 2), nowMillis: 0)
        #expect(reading.cells.map(\.name) == ["a", "b"])
        #expect(reading.cells.first?.upstreams.map(\.address.url) == ["http://h:1", "http://i"])
        #expect(reading.cells.last?.status == .unknown)
        #expect(reading.cells.last?.checkedAt == "1970-01-01T00:00:00.000Z")
        #expect(reading.refused == 6)
    }

    @Test func `an answer without cells is an error`() {
        #expect(throws: JSONError.self) {
            try GovernedCell.read(Array("{}".utf8), settings: GovernanceSettings(), nowMillis: 0)
        }
    }
}
