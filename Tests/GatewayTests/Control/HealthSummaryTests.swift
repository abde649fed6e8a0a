import Locking
import Synchronization
import Testing

@testable import Gateway

@Suite struct HealthSummaryTests {
    private static let centre = """
        {"cells":[{"name":"erp","status":"up","upstreams":[{"url":"http://10.0.0.1:80","status":"up"}],
        "checked_at":"2026-11-24T05:30:34Z","region":"x"}],"version":2}
        """

    @Test func `without an Authorization it is 401 with a challenge`() async throws {
        let fixture = try GovernanceFixture(.none)
        for token in [nil, "wrong"] {
            let response = try #require(await fixture.send("GET", AdminAPI.summaryPath, token: token))
            #expect(response.status == 401)
            #expect(response.headers.contains { $0.0 == "WWW-Authenticate" })
        }
    }

    @Test func `without a governance centre there are no cells`() async throws {
        let fixture = try GovernanceFixture(.none)
        fixture.directory.configure([GovernanceFixture.cell])
        let body = try #require(await fixture.send("GET", AdminAPI.summaryPath)?.body)
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"gateway":"up","status":"ok","governance":"none","cells":[]}"#)
    }

    @Test func `the embedded registry shows its cells with what the checks found`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        fixture.directory.configure([GovernanceFixture.cell])
        fixture.health.withLock {
            $0 = [
                CellHealth(
                    name: "erp", status: .up, upstreams: [.init(url: "http://127.0.0.1:9001", status: .up)],
                    checkedAtMillis: 2_000_000)
            ]
        }
        let body = try #require(await fixture.send("GET", AdminAPI.summaryPath)?.body)
        #expect(
            String(decoding: body, as: UTF8.self) == #"{"gateway":"up","status":"ok","governance":"embedded","#
                + #""cells":[{"name":"erp","status":"up","#
                + #""upstreams":[{"url":"http://127.0.0.1:9001","status":"up"}],"#
                + #""checked_at":"1970-01-01T00:33:20.000Z"}]}"#)
    }

    @Test func `a cell that is down degrades the summary`() async throws {
        let fixture = try GovernanceFixture(.embedded)
        fixture.directory.configure([GovernanceFixture.cell])
        fixture.health.withLock {
            $0 = [CellHealth(name: "erp", status: .down, upstreams: [], checkedAtMillis: 1)]
        }
        #expect(try await fixture.summary()["status"]?.text == "degraded")
    }

    @Test func `a remote centre's cells are shown and routed`() async throws {
        let fixture = try GovernanceFixture(.remote, answer: .success(Array(Self.centre.utf8)))
        let summary = try await fixture.summary()
        #expect(summary["status"]?.text == "ok")
        #expect(summary["governance"]?.text == "remote")
        #expect(summary["cells"]?.elements?.first?["checked_at"]?.text == "2026-11-24T05:30:34Z")
        #expect(fixture.applied.withLock { $0.last?.map(\.name) } == ["erp"])
    }

    @Test func `an unreachable centre is degraded with the last known cells`() async throws {
        let fixture = try GovernanceFixture(.remote, answer: .success(Array(Self.centre.utf8)))
        _ = try await fixture.summary()
        fixture.answer.withLock { $0 = .failure(InvalidValue("refused")) }
        let summary = try await fixture.summary()
        #expect(summary["gateway"]?.text == "up")
        #expect(summary["status"]?.text == "degraded")
        #expect(summary["cells"]?.elements?.count == 1)
        #expect(fixture.applied.withLock { $0.last?.map(\.name) } == ["erp"])
        #expect(fixture.reported.withLock { $0 } == [nil, "refused"])
    }

    @Test func `a centre that never was reachable is degraded without cells`() async throws {
        let summary = try await GovernanceFixture(.remote).summary()
        #expect(summary["status"]?.text == "degraded")
        #expect(summary["cells"]?.elements?.isEmpty == true)
    }

    @Test func `other methods are 405 with Allow`() async throws {
        let response = try await GovernanceFixture(.none).send("POST", AdminAPI.summaryPath)
        #expect(response?.status == 405)
        #expect(response?.headers.contains { $0 == ("Allow", "GET, HEAD") } == true)
    }
}
