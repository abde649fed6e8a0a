import Dispatch
import Exposition
import GatewayMetrics
import Locking
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// The ops listener's handler without a listener.
final class OpsFixture: Sendable {
    let registry: MetricsRegistry
    let service: ScrapeService
    let readiness = Readiness()
    let worker = Worker()
    let reloads = Locked(0)
    let result: Locked<Result<ReloadOutcome, InvalidValue>>
    let report = Locked(RulesReport())
    let audited = Locked<[String]>([])

    init(_ result: Result<ReloadOutcome, InvalidValue> = .success(ReloadOutcome())) throws {
        registry = MetricsRegistry(shards: 1)
        service = ScrapeService(registry: registry)
        self.result = Locked(result)
        let requests = try registry.counter(
            "gateway_requests_total", help: "Requests.", labels: ["tenant", "cell", "method", "code"])
        requests.bind(["acme", "erp", "GET", "200"]).increment(by: 3)
        requests.bind(["acme", "erp", "GET", "502"]).increment()
        requests.bind(["<b>", "erp", "GET", "404"]).increment(by: 7)
    }

    var api: OpsAPI {
        OpsAPI(
            registry: registry, scrapes: ScrapeFeed(service) { [worker] in worker.submit($0) },
            renderQueue: RenderQueue(worker: worker), readiness: readiness,
            admin: AdminGuard(token: "s3cret"), notes: { ["a note"] }, rules: { self.report.withLock { $0 } },
            status: {
                StatusPage(
                    phase: .serving, notes: ["<note>"], governance: .none, isGovernanceReachable: true,
                    listen: "0.0.0.0:8080", refreshSeconds: 5, writtenAt: "now")
            },
            reload: {
                self.reloads.withLock { $0 += 1 }
                return self.result.withLock { $0 }
            },
            reloadWorker: worker,
            audit: AuditTrail { message, _, _ in self.audited.withLock { $0.append(message) } })
    }

    func send(
        _ method: String = "GET", _ path: String, headers: [(name: String, value: String)] = [],
        isLoopback: Bool = true
    ) async -> LocalResponse? {
        let request = LocalRequest(
            method: method, path: path, headers: headers, isLoopback: isLoopback, requestID: "r1")
        guard var response = await Replies.from(api.handle, request) else { return nil }
        if let stream = response.stream { response.body = await Self.read(stream) }
        return response
    }

    private static func read(_ stream: any LocalBodyStream) async -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let step = await withCheckedContinuation { continuation in
                let step = stream.next { continuation.resume(returning: LocalBodyStep?.none) }
                if case .wait = step { return }
                continuation.resume(returning: step)
            }
            switch step {
            case nil, .wait?: continue
            case .piece(let bytes)?: body += bytes
            case .end?: return body
            case .failed?: return []
            }
        }
    }
}

@Suite struct OpsAPITests {
    @Test func `metrics are negotiated`() async throws {
        let fixture = try OpsFixture()
        let plain = try #require(await fixture.send("GET", "/metrics"))
        #expect(plain.contentType == ExpositionFormat.prometheusText004.contentType)
        #expect(String(decoding: plain.body, as: UTF8.self).contains("# TYPE gateway_requests_total counter"))
        let accept = [(name: "Accept", value: "application/openmetrics-text; version=1.0.0")]
        let open = try #require(await fixture.send("GET", "/metrics", headers: accept))
        #expect(open.contentType.hasPrefix(ExpositionFormat.openMetrics100.contentType))
        #expect(String(decoding: open.body, as: UTF8.self).hasSuffix("# EOF\n"))
    }

    @Test func `concurrent scrapes are rendered once`() async throws {
        let fixture = try OpsFixture()
        let queue = RenderQueue(worker: fixture.worker)
        let gate = DispatchSemaphore(value: 0)
        let renderings = Atomic(0)
        fixture.worker.submit { gate.wait() }
        let bodies = Locked<[[UInt8]?]>([])
        for _ in 0..<10 {
            queue.page("metrics") {
                renderings.add(1, ordering: .relaxed)
                return [1, 2, 3]
            } to: { page in
                bodies.withLock { $0.append(page) }
            }
        }
        gate.signal()
        #expect(eventually { bodies.withLock { $0 == [[UInt8]?](repeating: [1, 2, 3], count: 10) } })
        #expect(renderings.load(ordering: .relaxed) == 1)
        let later = await queue.page("metrics") { [4] }
        #expect(later == [4])
    }

    @Test func `a page asked for while the program ends is 503`() async throws {
        let fixture = try OpsFixture()
        await fixture.worker.stop()
        #expect(await fixture.send("GET", "/metrics")?.status == 503)
        #expect(await fixture.send("POST", "/api/reload")?.status == 503)
    }

    @Test func `liveness does not depend on anything`() async throws {
        #expect(try await OpsFixture().send("GET", "/livez")?.status == 200)
    }

    @Test(arguments: [Readiness.Phase.starting, .serving, .draining])
    func `readiness tells why`(phase: Readiness.Phase) async throws {
        let fixture = try OpsFixture()
        fixture.readiness.current = phase
        let response = try #require(await fixture.send("GET", "/readyz"))
        let body = try JSONReader.parse(response.body)
        #expect(response.status == (phase == .serving ? 200 : 503))
        #expect(body["reasons"] == .array(phase == .serving ? [] : [.string(phase.rawValue)]))
        #expect(body["notes"] == .array([.string("a note")]))
    }

    @Test func `from loopback a reload needs no token`() async throws {
        let fixture = try OpsFixture(.success(ReloadOutcome(applied: ["cells"], needsRestart: ["loops"])))
        let response = try #require(await fixture.send("POST", "/api/reload"))
        #expect(
            String(decoding: response.body, as: UTF8.self)
                == #"{"reloaded":true,"applied":["cells"],"needs_restart":["loops"]}"#)
        #expect(fixture.audited.withLock { $0 } == ["configuration reloaded"])
    }

    @Test func `from elsewhere a reload needs the admin token`() async throws {
        let fixture = try OpsFixture()
        #expect(await fixture.send("POST", "/api/reload", isLoopback: false)?.status == 401)
        #expect(fixture.reloads.withLock { $0 } == 0)
        let headers = [(name: "Authorization", value: "Bearer s3cret")]
        #expect(await fixture.send("POST", "/api/reload", headers: headers, isLoopback: false)?.status == 200)
        #expect(fixture.reloads.withLock { $0 } == 1)
    }

    @Test func `what a browser sends for a web page needs the token even from loopback`() async throws {
        let fixture = try OpsFixture()
        let origin = (name: "Origin", value: "http://evil.example")
        #expect(await fixture.send("POST", "/api/reload", headers: [origin])?.status == 401)
        #expect(fixture.reloads.withLock { $0 } == 0)
        let token = (name: "Authorization", value: "Bearer s3cret")
        #expect(await fixture.send("POST", "/api/reload", headers: [origin, token])?.status == 200)
        #expect(fixture.reloads.withLock { $0 } == 1)
    }

    @Test func `a failed reload says why`() async throws {
        let fixture = try OpsFixture(.failure(InvalidValue("g.yaml:1:1: unknown key 'x'")))
        let response = try #require(await fixture.send("POST", "/api/reload"))
        #expect(response.status == 500)
        #expect(
            try JSONReader.parse(response.body)["message"]?.text
                == "the old configuration stays in force: g.yaml:1:1: unknown key 'x'")
    }

    @Test func `other methods and paths are refused`() async throws {
        let fixture = try OpsFixture()
        #expect(await fixture.send("GET", "/api/reload")?.status == 405)
        #expect(await fixture.send("POST", "/metrics")?.status == 405)
        #expect(await fixture.send("GET", "/nope") == nil)
    }

    @Test func `alerts are listed with their rules`() async throws {
        let fixture = try OpsFixture()
        var rule = RuleReport(group: "g", file: "f.yaml", name: "Down", isAlert: true, query: "up == 0")
        rule.state = .firing
        rule.evaluatedAtMillis = 2_000
        rule.alerts = [
            AlertReport(
                labels: ["alertname": "Down"], annotations: ["summary": "x"], isFiring: true, value: 0.25,
                activeAtMillis: 1_000)
        ]
        let empty = RuleReport(group: "g", file: "f.yaml", name: "r", isAlert: false, query: "x")
        fixture.report.withLock { $0.rules = [rule, empty] }
        let response = try #require(await fixture.send("GET", "/api/alerts"))
        let body = try JSONReader.parse(response.body)
        let alert = try #require(body["alerts"]?.elements?.first)
        #expect(alert["activeAt"]?.text == "1970-01-01T00:00:01.000Z")
        #expect(alert["value"]?.text == "0.25")
        #expect(body["rules"]?.elements?.map { $0["state"]?.text } == ["firing", "unknown"])
    }

    @Test func `the status page escapes everything and loads nothing`() async throws {
        let fixture = try OpsFixture()
        let response = try #require(await fixture.send("GET", "/"))
        let html = String(decoding: response.body, as: UTF8.self)
        #expect(html.contains("&lt;note&gt;") && html.contains("&lt;b&gt;") && !html.contains("<b>"))
        #expect(html.contains("<td>acme</td><td class=\"n\">4</td><td class=\"n\">0</td><td class=\"n\">1</td>"))
        #expect(!html.contains("<script") && !html.contains("src=") && !html.contains("@import"))
        #expect(html.contains("http-equiv=\"refresh\" content=\"5\""))
        #expect(response.headers.contains { $0.0 == "Content-Security-Policy" })
    }
}
