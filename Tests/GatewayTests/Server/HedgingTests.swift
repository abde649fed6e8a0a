import Foundation
import Locking
import TestSupport
import Testing

@testable import Gateway

/// A second upstream is asked while the first is slow, and the client gets one answer.
///
/// The path says what the two upstreams do, `/answer-hang` for example, and the answer's body which of them it is from.
/// They are asked in turn, so of two requests each is the hedge of one.
@Suite struct HedgingTests {
    /// Two upstreams and a cell that hedges after half a second: longer than any answer that is meant to be at once.
    private final class Bench {
        let fixture: PlaneFixture
        let release = Gate()
        private let upstreams: [ScriptedUpstream]
        private let asked: Asked

        /// Who has been asked for what.
        private final class Asked: Sendable {
            private let names = Locked([String: Set<Int>]())

            func note(_ name: String, by index: Int) { names.withLock { _ = $0[name, default: []].insert(index) } }

            func isComplete(_ name: String) -> Bool { names.withLock { $0[name]?.count == 2 } }
        }

        init(
            budget: RetryBudgetSettings = RetryBudgetSettings(percent: 100, minPerSecond: 10),
            version: UpstreamTransport.Version = .http1
        ) throws {
            let release = release
            let asked = Asked()
            self.asked = asked
            upstreams = try (0..<2).map { index in
                /// What to do with a request for the path, once it is time.
                @Sendable func act(_ path: String) -> String {
                    let name = path.components("/").last ?? ""
                    asked.note(name, by: index)
                    let act = name.components("?")[0].components("-")[index]
                    if act == "hang" { release.wait() }
                    // Those that are not at once know that the other has been asked as well.
                    if act != "answer", act != "hang" { _ = eventually { asked.isComplete(name) } }
                    return act
                }
                return version == .http1 ? try Self.http1(index, act) : try Self.http2(index, act)
            }
            var cell = PlaneFixture.cell("erp", upstreams.map(\.port))
            cell.policy.outliers = OutlierSettings(failuresInRow: 0, connectFailuresInRow: 0, failurePercent: 0)
            cell.policy.circuit = nil
            cell.policy.retries.maxAttempts = 1
            cell.policy.hedging = HedgeSettings(
                isEnabled: true, quantilePercent: 50, minDelayNanos: 500_000_000, minSamples: 20, budget: budget)
            cell.transport.version = version
            fixture = try PlaneFixture(cells: [cell])
        }

        private static func http1(
            _ index: Int, _ act: @escaping @Sendable (String) -> String
        ) throws -> ScriptedUpstream {
            try ScriptedUpstream { peer, _ in
                while let head = peer.head() {
                    switch act(head.components(" ")[1]) {
                    case "cut": return
                    case "garble": peer.send("nonsense\r\n\r\n")
                    case "partial": return peer.send("HTTP/1.1 200 O")
                    case "busy": peer.send("HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\n\(index)")
                    default: peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(index)")
                    }
                }
            }
        }

        private static func http2(
            _ index: Int, _ act: @escaping @Sendable (String) -> String
        ) throws -> ScriptedUpstream {
            try ScriptedUpstream { peer, _ in
                let session = HTTP2Session(peer)
                var stream: UInt32 = 1
                while session.read(until: { $0.sections.count == Int(stream + 1) / 2 }) {
                    let path = session.endpoint.sections.last?.first { $0.name == Array(":path".utf8) }?.value ?? []
                    switch act(String(decoding: path, as: UTF8.self)) {
                    case "cut": session.flush(.reset(stream, 2))
                    case "garble": return session.flush(WireFrame(0, stream: 0, [1]))
                    case "busy": session.endpoint.respond(stream, [WireField(":status", "503")])
                    default:
                        session.endpoint.respond(stream, end: false)
                        _ = session.endpoint.send(stream, Array("\(index)".utf8), end: true)
                    }
                    session.flush()
                    stream += 2
                }
            }
        }

        private let names = Locked(0)

        /// A request of that name, with a number of its own.
        func name(_ acts: String) -> String {
            names.withLock { number in
                number += 1
                return "\(acts)?\(number)"
            }
        }

        func send(_ name: String, _ client: RawClient?, method: String = "GET") {
            client?.send("\(method) /api/v1/erp/\(name) HTTP/1.1\r\nHost: h\r\nX-Tenant-Id: acme\r\n\r\n")
        }

        func ask(_ acts: String, _ client: RawClient) -> RawResponse? {
            send(name(acts), client)
            return client.response()
        }

        func bothAsked(_ name: String) -> Bool { eventually { asked.isComplete(name) } }

        /// A client, after as many answers as the cell needs to know what is slow.
        func warmClient() throws -> RawClient {
            let client = try fixture.client()
            for _ in 0..<40 { #expect(ask("answer-answer", client)?.status == 200) }
            return client
        }

        func hedges(_ result: String) -> String { #"gateway_hedges_total{cell="erp",result="\#(result)"}"# }

        /// Nothing is held any more.
        var isIdle: Bool {
            let used = upstreams.map {
                #"gateway_upstream_connections{cell="erp",upstream="127.0.0.1:\#($0.port)",state="active"}"#
            }
            return fixture.metric(#"gateway_requests_in_flight{cell="erp"}"#, becomes: 0)
                && eventually { used.allSatisfy { fixture.metric($0) == 0 } }
        }
    }

    @Test func `the second upstream's answer is the client's, and the first's attempt is given up`() throws {
        let bench = try Bench()
        let client = try bench.warmClient()
        for _ in 0..<6 { #expect(bench.ask("hang-answer", client)?.text == "1") }
        bench.release.open()
        #expect(bench.isIdle)
        let fixture = bench.fixture
        #expect(
            fixture.metric(#"gateway_requests_total{tenant="acme",cell="erp",method="GET",code="200"}"#, becomes: 46))
        #expect(fixture.metric(#"gateway_retries_total{cell="erp",result="success"}"#, becomes: 0))
        #expect(fixture.metric(bench.hedges("won"), becomes: 3))
        #expect(fixture.metric(bench.hedges("lost"), becomes: 0))
        let lines = fixture.stop()
        #expect(lines.count == 46)
        #expect(lines.count { $0.contains(#""attempts":2"#) } == 3)
    }

    @Test func `a slow first that answers before its hedge is the client's`() throws {
        let bench = try Bench()
        let client = try bench.warmClient()
        for _ in 0..<2 { #expect(bench.ask("late-hang", client)?.text == "0") }
        bench.release.open()
        #expect(bench.isIdle)
        #expect(bench.fixture.metric(bench.hedges("won"), becomes: 1))
        #expect(bench.fixture.metric(bench.hedges("lost"), becomes: 1))
        #expect(bench.fixture.stop().count == 42)
    }

    @Test(arguments: ["cut", "garble", "partial", "busy"])
    func `whichever of the two fails, the other's answer is the client's`(failure: String) throws {
        let bench = try Bench()
        let client = try bench.warmClient()
        for acts in ["\(failure)-late", "late-\(failure)"] {
            for _ in 0..<2 {
                let response = bench.ask(acts, client)
                #expect(response?.status == 200)
                #expect(response?.text == (acts.hasPrefix("late") ? "0" : "1"))
            }
        }
        #expect(bench.isIdle)
        let lines = bench.fixture.stop()
        #expect(lines.count == 44)
        #expect(lines.allSatisfy(countsTimeOnce), "\(lines)")
    }

    /// The time at upstreams is part of the request's, however many were asked.
    private func countsTimeOnce(_ line: String) -> Bool {
        let numbers = ["duration_us", "upstream_us"].map { key in
            Int(line.components("\"\(key)\":").last?.prefix { $0.isNumber } ?? "") ?? -1
        }
        return numbers[0] >= numbers[1]
    }

    @Test(arguments: [("cut", 502, "502"), ("garble", 502, "502"), ("busy", 503, "503")])
    func `two failures are one error`(failure: String, status: Int, code: String) throws {
        let bench = try Bench()
        let client = try bench.warmClient()
        for _ in 0..<2 { #expect(bench.ask("\(failure)-\(failure)", client)?.status == status) }
        #expect(bench.isIdle)
        #expect(
            bench.fixture.metric(
                #"gateway_requests_total{tenant="acme",cell="erp",method="GET",code="\#(code)"}"#, becomes: 2))
        #expect(bench.fixture.stop().count == 42)
    }

    @Test func `over HTTP/2 on both sides it is the same`() throws {
        let bench = try Bench(version: .http2)
        _ = try bench.warmClient()
        let client = HTTP2Session(try bench.fixture.client())
        for acts in ["busy-late", "late-cut", "cut-late", "late-garble", "hang-answer"] {
            for _ in 0..<2 {
                let stream = try #require(client.get("/\(bench.name(acts))"))
                #expect(client.read { $0.bodies[stream] != nil })
                #expect(client.endpoint.sections.last?.first == WireField(":status", "200"))
                #expect(client.endpoint.bodies[stream] == Array((acts.hasPrefix("late") ? "0" : "1").utf8), "\(acts)")
            }
        }
        bench.release.open()
        #expect(bench.isIdle)
        let lines = bench.fixture.stop()
        #expect(lines.count == 50)
        #expect(lines.allSatisfy(countsTimeOnce), "\(lines)")
    }

    @Test func `a client that goes takes both attempts along`() throws {
        let bench = try Bench()
        _ = try bench.warmClient()
        for _ in 0..<3 {
            let name = bench.name("hang-hang")
            var client: RawClient? = try bench.fixture.client()
            bench.send(name, client)
            #expect(bench.bothAsked(name))
            client = nil
        }
        #expect(bench.isIdle)
        #expect(bench.fixture.metric(bench.hedges("lost"), becomes: 3))
        bench.release.open()
        #expect(bench.fixture.stop().count { $0.contains("CLIENT_CLOSED") } == 3)
    }

    @Test func `the end of the gateway takes both attempts along`() throws {
        let bench = try Bench()
        _ = try bench.warmClient()
        let name = bench.name("hang-hang")
        let client = try bench.fixture.client()
        bench.send(name, client)
        #expect(bench.bothAsked(name))
        let lines = bench.fixture.stop()
        #expect(client.response()?.status == 503)
        #expect(lines.count { $0.contains("OVERLOADED") } == 1)
        bench.release.open()
    }

    @Test func `requests that are not idempotent, and those beyond the budget, have no hedge`() throws {
        let bench = try Bench(budget: RetryBudgetSettings(percent: 0, minPerSecond: 0))
        _ = try bench.warmClient()
        let clients = try [bench.fixture.client(), bench.fixture.client()]
        for (client, method) in zip(clients, ["POST", "GET"]) {
            bench.send(bench.name("hang-hang"), client, method: method)
        }
        // By then the time has passed for the first one, too.
        #expect(bench.fixture.metric(bench.hedges("budget_exhausted"), becomes: 1))
        bench.release.open()
        for client in clients { #expect(client.response()?.status == 200) }
        #expect(bench.isIdle)
        #expect(bench.fixture.metric(bench.hedges("won"), becomes: 0))
        #expect(bench.fixture.metric(bench.hedges("lost"), becomes: 0))
        #expect(bench.fixture.metric(bench.hedges("budget_exhausted")) == 1)
        #expect(!bench.fixture.stop().contains { $0.contains(#""attempts":2"#) })
    }
}
