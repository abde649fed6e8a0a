import Foundation
import TestSupport
import Testing
import TimeSeries

@testable import AlertRules

@Suite struct AlertmanagerClientTests {
    private func alert(_ name: String, resolved: Bool = false) -> ActiveAlert {
        var lifecycle = AlertLifecycle()
        _ = lifecycle.evaluate(isPresent: true, at: 60_000, forMillis: 0, keepFiringForMillis: 0)
        if resolved { _ = lifecycle.evaluate(isPresent: false, at: 120_000, forMillis: 0, keepFiringForMillis: 0) }
        _ = lifecycle.takeForSending(at: 120_000, intervalMillis: 15_000, resendDelayMillis: 60_000)
        return ActiveAlert(
            group: "g", name: name, labels: Labels([("alertname", name), ("a", "\"x\"")]),
            annotations: Labels([("s", "line\n2")]), expression: "up == 0", value: 0, lifecycle: lifecycle)
    }

    @Test("The body is what Alertmanager's v2 API takes")
    func payload() {
        var context = RuleContext()
        context.externalURL = "http://me:1/"
        context.externalLabels = ["cluster": "c", "a": "never"]
        let body = AlertPayload.json([alert("A"), alert("B", resolved: true)], context: context)
        let firing =
            "{\"labels\":{\"a\":\"\\\"x\\\"\",\"alertname\":\"A\",\"cluster\":\"c\"},"
            + "\"annotations\":{\"s\":\"line\\n2\"},"
            + "\"startsAt\":\"1970-01-01T00:01:00Z\",\"endsAt\":\"1970-01-01T00:06:00Z\","
            + "\"generatorURL\":\"http://me:1/graph?g0.expr=up+%3D%3D+0&g0.tab=1\"}"
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.hasPrefix("[\(firing),{"))
        #expect(text.contains("\"endsAt\":\"1970-01-01T00:02:00Z\""))
        #expect((try? JSONSerialization.jsonObject(with: Data(body))) != nil)
    }

    @Test("Every Alertmanager gets every alert, in batches")
    func delivers() throws {
        let stubs = try (0..<2).map { _ in try HTTPStub { _ in .status(200, headers: [], body: []) } }
        defer { stubs.forEach { $0.stop() } }
        var settings = AlertmanagerClient.Settings(urls: [stubs[0].url, stubs[1].url + "/"])
        settings.maxBatch = 2
        let client = AlertmanagerClient(settings: settings)
        client.enqueue([alert("A"), alert("B"), alert("C")])
        #expect(client.stop(deadlineMillis: 20_000))
        for stub in stubs {
            #expect(stub.requests.map(\.target) == ["/api/v2/alerts", "/api/v2/alerts"])
            #expect(stub.requests.allSatisfy { $0.header("Content-Type") == "application/json" })
        }
        #expect(client.counters.map(\.sentAlerts) == [3, 3])
        #expect(client.counters.allSatisfy { $0.lastError == nil })
    }

    @Test("A busy Alertmanager is asked again, one that refuses is not, and what is given up is counted")
    func retries() throws {
        let busy = try HTTPStub { _ in .status(503, headers: [], body: Array("later".utf8)) }
        let refusing = try HTTPStub { _ in .status(400, headers: [], body: Array("bad".utf8)) }
        defer {
            busy.stop()
            refusing.stop()
        }
        var settings = AlertmanagerClient.Settings(urls: [busy.url, refusing.url])
        settings.retryDelayMillis = 1
        let client = AlertmanagerClient(settings: settings)
        client.enqueue([alert("A")])
        #expect(eventually { client.counters.allSatisfy { $0.droppedAlerts == 1 } })
        #expect(busy.requests.count == 3)
        #expect(refusing.requests.count == 1)
        #expect(client.counters[0].lastError?.hasSuffix("status 503: later") == true)
        #expect(client.counters[1].failedRequests == 1)
        #expect(client.stop(deadlineMillis: 20_000))
    }

    @Test("The queue is bounded, the oldest alerts go first")
    func bounded() throws {
        var settings = AlertmanagerClient.Settings(urls: ["http://127.0.0.1:\(try Loopback.freePort())"])
        settings.maxQueued = 5
        settings.maxAttempts = 1
        let client = AlertmanagerClient(settings: settings)
        client.enqueue((0..<50).map { alert("A\($0)") })
        #expect(client.overflowedAlerts == 45)
        #expect(client.stop(deadlineMillis: 20_000))
        #expect(client.queuedAlerts == 0)
        #expect(client.counters[0].droppedAlerts == 5)
        client.enqueue([alert("late")])
        #expect(client.queuedAlerts == 0)
    }
}
