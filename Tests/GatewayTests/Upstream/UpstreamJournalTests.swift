import Foundation
import Locking
import TestSupport
import Testing

@testable import Gateway

/// What is said of cells and their servers while they fail and come back: events, gauges, and why a request failed.
@Suite struct UpstreamJournalTests {
    private let get = "GET /api/v1/erp/x HTTP/1.1\r\nHost: h\r\n\r\n"

    /// A server that passes its checks and answers requests, or does not.
    private final class Server: Sendable {
        let upstream: ScriptedUpstream
        private let state = State()

        private final class State: Sendable {
            let passesChecks = Locked(true)
            let answers = Locked(true)
            let checks = Locked(0)
        }

        init() throws {
            let state = state
            upstream = try ScriptedUpstream { peer, _ in
                while let head = peer.head() {
                    let isCheck = head.hasPrefix("GET /health")
                    if isCheck { state.checks.withLock { $0 += 1 } }
                    let isGood = isCheck ? state.passesChecks.withLock { $0 } : state.answers.withLock { $0 }
                    peer.send("HTTP/1.1 \(isGood ? 200 : 503) x\r\nContent-Length: 0\r\n\r\n")
                }
            }
        }

        func answer(_ answers: Bool) { state.answers.withLock { $0 = answers } }

        /// How often it has been checked.
        var checks: Int { state.checks.withLock { $0 } }

        func pass(_ passes: Bool) { state.passesChecks.withLock { $0 = passes } }

        var label: String { "127.0.0.1:\(upstream.port)" }
        var gauge: String { #"gateway_upstream_healthy{cell="erp",upstream="\#(label)"}"# }
    }

    private func cell(_ servers: [Server], ejectionNanos: Int64, isChecked: Bool = true) -> CellDefinition {
        var cell = PlaneFixture.cell(
            "erp", servers.map(\.upstream.port),
            health: isChecked
                ? HealthCheck(
                    path: "/health", intervalNanos: 20_000_000, timeoutNanos: 5_000_000_000, unhealthyAfter: 1)
                : nil)
        cell.policy.outliers = OutlierSettings(
            failuresInRow: 2, failurePercent: 0, ejectionNanos: ejectionNanos, maxEjectionNanos: ejectionNanos)
        cell.policy.circuit = nil
        cell.policy.retries.maxAttempts = 1
        return cell
    }

    /// Requests until this is what has been said last.
    private func requestsLead(to kind: UpstreamEvent.Kind, _ fixture: PlaneFixture) -> Bool {
        eventually {
            _ = try? fixture.status(get)
            return kinds(fixture).last == kind
        }
    }

    private func kinds(_ fixture: PlaneFixture) -> [UpstreamEvent.Kind] { fixture.events.map(\.kind) }

    @Test func `an ejected upstream passes its checks and gets nothing, until the others fail theirs`() throws {
        let (sound, failing) = (try Server(), try Server())
        failing.answer(false)
        let fixture = try PlaneFixture(cells: [cell([sound, failing], ejectionNanos: 60_000_000_000)])
        #expect(eventually { fixture.plane.health().first?.upstreams.map(\.status) == [.up, .up] })
        for _ in 0..<4 { _ = try fixture.status(get) }
        #expect(eventually { fixture.events.count == 1 })
        let event = fixture.events.first
        #expect(event?.kind == .ejected && event?.cell == "erp" && event?.upstream == failing.label)
        #expect(event?.reason == "answers of 502, 503 or 504")
        #expect((50.0...60.0).contains(event?.seconds ?? 0))
        // Some checks later it is as it was.
        let checks = failing.checks
        #expect(eventually { failing.checks >= checks + 3 })
        #expect(fixture.metric(failing.gauge) == 0)
        #expect(fixture.metric(sound.gauge) == 1)
        #expect(fixture.plane.health().first?.upstreams.map(\.isEjected) == [false, true])

        sound.pass(false)
        #expect(eventually { fixture.events.count == 3 })
        #expect(fixture.events[1].kind == .down)
        #expect(fixture.events[1].reason == "status 503")
        #expect(fixture.events[2].kind == .readmitted)
        #expect(fixture.events[2].upstream == failing.label)
        #expect(fixture.metric(failing.gauge, becomes: 1))
        #expect(fixture.metric(sound.gauge, becomes: 0))
        sound.pass(true)
        #expect(eventually { fixture.events.last?.kind == .up })
        fixture.stop()
    }

    @Test func `an ejected upstream comes back with a request that succeeds`() throws {
        let (sound, failing) = (try Server(), try Server())
        failing.answer(false)
        let fixture = try PlaneFixture(cells: [cell([sound, failing], ejectionNanos: 100_000_000, isChecked: false)])
        for _ in 0..<4 { _ = try fixture.status(get) }
        #expect(eventually { kinds(fixture).first == .ejected })
        failing.answer(true)
        #expect(requestsLead(to: .readmitted, fixture))
        #expect(fixture.metric(failing.gauge, becomes: 1))
        fixture.stop()
    }

    @Test func `a reload with another policy forgets ejections, and what is shown of them`() throws {
        let (sound, failing) = (try Server(), try Server())
        failing.answer(false)
        let fixture = try PlaneFixture(cells: [cell([sound, failing], ejectionNanos: 60_000_000_000, isChecked: false)])
        for _ in 0..<4 { _ = try fixture.status(get) }
        #expect(fixture.metric(failing.gauge, becomes: 0))
        fixture.apply([cell([sound, failing], ejectionNanos: 50_000_000_000, isChecked: false)])
        #expect(fixture.metric(failing.gauge, becomes: 1))
        #expect(fixture.plane.health().first?.upstreams.map(\.isEjected) == [false, false])
        fixture.stop()
    }

    @Test func `a reload that ends the checks lets an ejected upstream that failed them come back`() throws {
        let (sound, failing) = (try Server(), try Server())
        failing.answer(false)
        failing.pass(false)
        var checked = cell([sound, failing], ejectionNanos: 100_000_000)
        checked.health?.unhealthyAfter = 100
        let fixture = try PlaneFixture(cells: [checked])
        #expect(eventually { fixture.plane.health().first?.upstreams.map(\.status) == [.up, .down] })
        fixture.apply([cell([sound, failing], ejectionNanos: 100_000_000, isChecked: false)])
        #expect(requestsLead(to: .ejected, fixture))
        failing.answer(true)
        #expect(requestsLead(to: .readmitted, fixture))
        fixture.stop()
    }

    @Test func `an upstream that comes back after an unrelated reload is shown`() throws {
        let (sound, failing) = (try Server(), try Server())
        failing.answer(false)
        var changed = cell([sound, failing], ejectionNanos: 100_000_000, isChecked: false)
        let fixture = try PlaneFixture(cells: [changed])
        #expect(requestsLead(to: .ejected, fixture))
        changed.allowsWebSocket.toggle()
        fixture.apply([changed])
        #expect(fixture.metric(failing.gauge) == 0)
        failing.answer(true)
        #expect(requestsLead(to: .readmitted, fixture))
        #expect(fixture.metric(failing.gauge, becomes: 1))
        fixture.stop()
    }

    @Test func `a circuit says that it opens and closes`() throws {
        let server = try Server()
        server.answer(false)
        var cell = cell([server], ejectionNanos: 60_000_000_000, isChecked: false)
        cell.policy.circuit = CircuitBreakerSettings(failurePercent: 50, minRequests: 5, openNanos: 100_000_000)
        let fixture = try PlaneFixture(cells: [cell])
        for _ in 0..<8 { _ = try fixture.status(get) }
        #expect(eventually { kinds(fixture).contains(.circuitOpened) })
        #expect(fixture.events.first?.upstream == nil && (fixture.events.first?.seconds ?? 0) > 0)
        #expect(fixture.plane.health().first?.isCircuitOpen == true)
        server.answer(true)
        #expect(requestsLead(to: .circuitClosed, fixture))
        #expect(fixture.plane.health().first?.isCircuitOpen == false)
        fixture.stop()
    }

    @Test func `a name without an address is said once, and in each request's line`() throws {
        var cell = PlaneFixture.cell("erp", [])
        // No label of a name can have more than 63 bytes: this needs no name server (RFC 1035, section 2.3.4).
        let host = String(repeating: "x", count: 64)
        cell.upstreams = [UpstreamAddress(url: "http://\(host):80", host: host, port: 80)]
        let fixture = try PlaneFixture(cells: [cell])
        #expect(try fixture.status(get) == 502)
        #expect(eventually { kinds(fixture) == [.unresolved] })
        #expect(fixture.events.first?.upstream == "\(host):80")
        let line = fixture.stop().first ?? ""
        #expect(
            line.contains(#""message":"no server of the cell could be reached: its name has no address""#), "\(line)")
    }

    @Test func `the line of a request that reached nobody says why`() throws {
        let plain = try ScriptedUpstream { peer, _ in
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            _ = peer.rest()
        }
        let closed = try Loopback.freePort()
        var secure = PlaneFixture.cell("crm", [])
        secure.upstreams = [
            UpstreamAddress(
                url: "https://127.0.0.1:\(plain.port)", host: "127.0.0.1", port: plain.port, isSecure: true)
        ]
        let fixture = try PlaneFixture(cells: [PlaneFixture.cell("erp", [closed]), secure])
        #expect(try fixture.status(get) == 502)
        #expect(try fixture.status(get.replacing("/erp/", with: "/crm/")) == 502)
        let lines = fixture.stop()
        #expect(lines.count == 2)
        let refused = #""message":"no server of the cell could be reached: connect: Connection refused""#
        #expect(
            lines.contains { $0.contains(refused) && $0.contains(#""error_code":"UPSTREAM_UNAVAILABLE""#) }, "\(lines)")
        #expect(
            lines.contains { $0.contains(#""message":"no server of the cell could be reached: TLS: "#) }, "\(lines)")
    }

    @Test func `a request without an upstream to try has no attempt in its line`() throws {
        let server = try Server()
        server.pass(false)
        let fixture = try PlaneFixture(cells: [cell([server], ejectionNanos: 60_000_000_000)])
        #expect(eventually { fixture.plane.health().first?.status == .down })
        #expect(try fixture.status(get) == 502)
        let line = fixture.stop().first ?? ""
        #expect(
            line.contains(#""message":"no server of the cell is healthy""#) && !line.contains(#""attempts""#), "\(line)"
        )
    }
}
