import Foundation
import Locking
import TestSupport
import Testing

/// What a cell's server does wrong, and what the client, the log and the metrics are told.
struct FaultCase: CustomTestStringConvertible, Sendable {
    /// `case N: …`
    let testDescription: String
    /// The last segment of the path.
    let name: String
    /// Called with the request; the connection ends when it returns.
    let script: @Sendable (RecordedPeer) -> Void
    var status = 502
    var code = "UPSTREAM_PROTOCOL_ERROR"
    /// The label of `gateway_upstream_requests_total`.
    var outcome = "protocol_error"
    /// The answer has begun before the fault: it must not look complete.
    var isBrokenOff = false

    init(_ name: String, _ description: String, _ script: @escaping @Sendable (RecordedPeer) -> Void) {
        testDescription = description
        self.name = name
        self.script = script
    }

    /// The server sends this and waits for what the gateway does.
    init(_ name: String, _ description: String, answer: String) {
        self.init(name, description) { peer in
            peer.send(answer)
            peer.waitForEnd()
        }
    }

    /// The server sends this and ends the connection.
    static func ending(_ name: String, _ description: String, _ answer: String) -> FaultCase {
        FaultCase(name, description) { $0.send(answer) }
    }

    func counted(_ outcome: String, _ status: Int, _ code: String) -> FaultCase {
        var copy = self
        copy.outcome = outcome
        copy.status = status
        copy.code = code
        return copy
    }

    func brokenOff(_ outcome: String) -> FaultCase {
        var copy = counted(outcome, 200, code)
        copy.isBrokenOff = true
        return copy
    }
}

enum UpstreamFaults {
    /// No connection is used twice, so that each case meets a fresh one.
    static let yaml = CaseBench.defaults + "pool: { max_idle: 0 }\ntimeouts: { response: 1s }\n"

    static let serve: RecordingUpstream.Script = { peer in
        while let message = peer.message() {
            let name = message.target.split(separator: "/").last.map(String.init)
            guard let fault = cases.first(where: { $0.name == name }) else {
                peer.answer(message)
                continue
            }
            return fault.script(peer)
        }
    }

    static let cases = answered + broken

    private static let manyLines = (0..<1_000).map { "A\($0): b\r\n" }.joined()
    private static let longLine = "A: " + String(repeating: "b", count: 1_000_000)

    private static let answered: [FaultCase] = [
        FaultCase("94", "case 94: the connection ends before a head") { _ in }
            .counted("closed", 502, "UPSTREAM_UNAVAILABLE"),
        FaultCase("94-reset", "case 94: the connection is reset before a head") { $0.resetAtEnd() }
            .counted("closed", 502, "UPSTREAM_UNAVAILABLE"),
        .ending("94-half", "case 94: the connection ends in the middle of a head", "HTTP/1.1 200 OK\r\nContent-Le")
            .counted("closed", 502, "UPSTREAM_UNAVAILABLE"),
        FaultCase(
            "97", "case 97: a length and a coding",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        FaultCase(
            "97-lengths", "case 97: two lengths",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        FaultCase("98", "case 98: 1,000 header lines", answer: "HTTP/1.1 200 OK\r\n\(manyLines)\r\n"),
        FaultCase("98-long", "case 98: a head of 1 MB", answer: "HTTP/1.1 200 OK\r\n\(longLine)\r\n\r\n"),
        FaultCase("100", "case 100: interim answers without end") { peer in
            while peer.send("HTTP/1.1 102 Processing\r\n\r\n") {}
        },
        FaultCase(
            "101", "case 101: a switch of protocols that nobody asked for",
            answer: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
        FaultCase("104", "case 104: no answer at all") { $0.waitForEnd() }
            .counted("timeout", 504, "UPSTREAM_TIMEOUT"),
        FaultCase("104-half", "case 104: half a head and no more", answer: "HTTP/1.1 200 OK\r\nContent-Le")
            .counted("timeout", 504, "UPSTREAM_TIMEOUT"),
        FaultCase("106", "case 106: another protocol", answer: "220 mail.test ESMTP\r\n\r\n"),
        FaultCase("106-cr", "case 106: CR in the reason", answer: "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n"),
        FaultCase("106-digits", "case 106: a status of four digits", answer: "HTTP/1.1 2000 OK\r\n\r\n"),
        FaultCase("106-letters", "case 106: a status of letters", answer: "HTTP/1.1 abc OK\r\n\r\n"),
        FaultCase("106-fold", "case 106: a folded header line", answer: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"),
        FaultCase("106-name", "case 106: a space before a colon", answer: "HTTP/1.1 200 OK\r\nA : b\r\n\r\n"),
    ]

    private static let broken: [FaultCase] = [
        .ending("95", "case 95: an end before the length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            .brokenOff("closed"),
        .ending(
            "95-chunks", "case 95: an end before the last chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        ).brokenOff("closed"),
        .ending(
            "95-chunk", "case 95: an end in the middle of a chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello"
        ).brokenOff("closed"),
        .ending(
            "95-last", "case 95: an end before the last line end",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
        ).brokenOff("closed"),
        FaultCase(
            "96", "case 96: a chunk size that is none",
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n0\r\n\r\n"
        ).brokenOff("protocol_error"),
        FaultCase(
            "96-long", "case 96: data longer than its size",
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n"
        ).brokenOff("protocol_error"),
        FaultCase(
            "104-body", "case 104: a body that stops coming",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"
        ).counted("timeout", 504, "UPSTREAM_TIMEOUT").brokenOff("timeout"),
    ]
}

@Suite(
    "Cases of upstream faults, at the running gateway", .serialized,
    .gateway(UpstreamFaults.yaml, upstream: UpstreamFaults.serve))
struct UpstreamFaultCaseTests {
    private func get(_ name: String, version: String = "1.1") -> String {
        "GET /api/v1/rec/\(name) HTTP/\(version)\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n"
    }

    @Test(
        "the fault is told by its code, asked once, and never passed off as an answer", arguments: UpstreamFaults.cases)
    func fault(_ fault: FaultCase) throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send(get(fault.name) + CaseBench.canary)
            guard !fault.isBrokenOff else { return connection.receiveAll() }
            return [connection.receive(), connection.receive()].compactMap(\.self)
        }
        let reply = try #require(seen.replies.first)
        if fault.isBrokenOff {
            #expect(reply.status == 200 && !reply.isComplete)
            #expect(reply.text == "hello" || reply.text.isEmpty)
            #expect(seen.replies.count == 1 && seen.ending != .open)
        } else {
            reply.expectFailure(fault.status, fault.code)
            #expect(seen.replies.map(\.status) == [fault.status, 200])
        }
        #expect(seen.forwarded.map(\.target) == ["/api/v1/rec/\(fault.name)"])
        #expect(seen.lines.map(\.status) == [fault.status])
        #expect(seen.lines.map(\.errorCode) == [fault.code])
        #expect(seen.lines.map(\.attempts) == [1])
        #expect(seen.lines.map(\.tenant) == ["acme"])
        #expect(seen.rejected.isEmpty)
        #expect(seen.faults == [fault.outcome: 1])
        let counted = CountedRequest(tenant: "acme", cell: "rec", method: "GET", code: fault.status)
        #expect(seen.counted == [counted: 1])
    }

    @Test(
        "case 95: for a client of HTTP/1.0, which reads until the end, the end is a reset",
        arguments: ["95-chunks", "96"])
    func oldClient(_ name: String) throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send(get(name, version: "1.0"))
            return connection.receiveAll()
        }
        #expect(seen.ending == .reset)
        #expect(seen.lines.map(\.errorCode) == ["UPSTREAM_PROTOCOL_ERROR"])
    }

    @Test("case 95: a body that only the connection's end delimits is not whole when that end is a reset")
    func resetBody() throws {
        let mayReset = Locked(false)
        let upstream = try RecordingUpstream { peer in
            guard peer.message() != nil else { return }
            peer.send("HTTP/1.1 200 OK\r\n\r\nhello")
            _ = eventually { mayReset.withLock { $0 } }
            peer.resetAtEnd()
        }
        let gateway = try GatewayProcess(GatewayProcess.cells(["rec": upstream.port]))
        let connection = try HTTPConnection(port: gateway.port)
        connection.send(get("x"))
        #expect(connection.receiveHead()?.header("Transfer-Encoding") == "chunked")
        #expect(connection.receive(until: "hello\r\n") != nil)
        mayReset.withLock { $0 = true }
        #expect(connection.receive(until: "0\r\n") == nil)
        #expect(connection.ending != .open)
        #expect(eventually { gateway.accessLines.map(\.errorCode) == ["UPSTREAM_PROTOCOL_ERROR"] })
    }
}
