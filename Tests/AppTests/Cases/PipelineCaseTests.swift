import Foundation
import TestSupport
import Testing

enum PipelinedUpstream {
    /// Answers as the last segment of the path says.
    static let serve: RecordingUpstream.Script = { peer in
        while let head = peer.head() {
            let name = head.target.split(separator: "/").last.map(String.init) ?? ""
            guard head.value("expect") == "100-continue" else {
                let body = peer.bytes(head.value("content-length").flatMap { Int($0) } ?? 0)
                let text = "\(name) \(body.count)"
                let isHead = head.method == "HEAD"
                peer.send(
                    "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(isHead ? "" : text)")
                continue
            }
            guard name == "accepted" else {
                peer.send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
                return peer.waitForEnd()
            }
            peer.send("HTTP/1.1 100 Continue\r\n\r\n")
            let body = peer.bytes(5)
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            peer.send(body)
        }
    }
}

@Suite(
    "Cases of pipelines and expectations, at the running gateway", .serialized,
    .gateway(upstream: PipelinedUpstream.serve))
struct PipelineCaseTests {
    private static func get(_ name: String) -> String {
        "GET /api/v1/rec/\(name) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n"
    }

    private static func expecting(_ name: String, _ value: String = "100-continue", length: Int = 5) -> String {
        "POST /api/v1/rec/\(name) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n"
            + "Content-Length: \(length)\r\nExpect: \(value)\r\n\r\n"
    }

    @Test("case 88: 20 pipelined requests are answered in order, however they are cut", arguments: [1, 7, 100_000])
    func pipelined(_ piece: Int) throws {
        let names = (0..<20).map { "n\($0)" }
        let bytes = Array(names.map(Self.get).joined().utf8)
        let seen = try CaseBench.booted().observe { connection in
            for start in stride(from: 0, to: bytes.count, by: piece) {
                connection.send(Array(bytes[start..<min(start + piece, bytes.count)]))
            }
            return names.compactMap { _ in connection.receive() }
        }
        #expect(seen.replies.map(\.text) == names.map { "\($0) 0" })
        #expect(seen.forwarded.map(\.target) == names.map { "/api/v1/rec/\($0)" })
        #expect(seen.lines.map(\.path) == names.map { "/api/v1/rec/\($0)" })
        #expect(seen.counted == [CountedRequest(tenant: "acme", cell: "rec", method: "GET", code: 200): 20])
    }

    @Test("case 89: of a good and a malformed request the first is answered, then 400 ends the connection")
    func malformedSecond() throws {
        let seen = try CaseBench.booted().observe { connection in
            let malformed = "GET /api/v1/rec/bad HTTP/1.1\r\nHost : a\r\nX-Tenant-Id: acme\r\n\r\n"
            connection.send(Self.get("good") + malformed + Self.get("never"))
            return connection.receiveAll()
        }
        #expect(seen.replies.map(\.status) == [200, 400])
        seen.replies.last?.expectFailure(400, "BAD_REQUEST")
        #expect(seen.ending == .ended)
        #expect(seen.forwarded.map(\.target) == ["/api/v1/rec/good"])
        #expect(seen.lines.map(\.errorCode) == [nil, "BAD_REQUEST"])
        #expect(seen.rejected == ["header": 1])
    }

    @Test("case 90: an expectation that the cell accepts is answered with 100, then with the final status")
    func accepted() throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send(Self.expecting("accepted"))
            let interim = connection.receiveHead()
            connection.send("hello" + Self.get("next"))
            return [interim, connection.receive(), connection.receive()].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [100, 200, 200])
        #expect(seen.replies.map(\.text) == ["", "hello", "next 0"])
        #expect(seen.forwarded.first?.body == Array("hello".utf8))
        #expect(seen.lines.map(\.status) == [200, 200])
    }

    @Test("case 90: one that the cell rejects is answered with the final status alone, and the connection ends")
    func rejected() throws {
        let seen = try CaseBench.booted().observe(Self.expecting("rejected"))
        #expect(seen.replies.map(\.status) == [403])
        #expect(seen.replies.first?.interim == [])
        #expect(seen.replies.first?.header("Connection") == "close")
        #expect(seen.ending == .ended)
        #expect(seen.lines.map(\.status) == [403])
    }

    @Test("case 90: one that the gateway itself rejects is answered with the final status alone")
    func tooLarge() throws {
        let seen = try CaseBench.booted().observe(Self.expecting("accepted", length: 100_000_000))
        #expect(seen.replies.map(\.status) == [413])
        #expect(seen.replies.first?.interim == [])
        #expect(seen.ending == .ended && seen.forwarded.isEmpty)
    }

    @Test("case 91: another expectation is 417, and the cell gets nothing", arguments: ["x", "100-continue, x"])
    func otherExpectation(_ value: String) throws {
        try RefusedCase("", Self.expecting("x", value) + "hello", reason: "expectation")
            .answered(417, "EXPECTATION_FAILED").check()
    }

    @Test("case 92: HEAD is answered with the headers of GET and no body, and the connection goes on")
    func head() throws {
        let get = try CaseBench.booted().observe(Self.get("x"))
        let seen = try CaseBench.booted().observe { connection in
            connection.send(Self.get("x").replacingOccurrences(of: "GET", with: "HEAD") + Self.get("y"))
            return [connection.receive(method: "HEAD"), connection.receive()].compactMap(\.self)
        }
        let names = { (reply: Reply?) in
            reply?.headers.filter { $0.name != "X-Request-Id" }.map { "\($0.name): \($0.value)" }
        }
        #expect(seen.replies.map(\.status) == [200, 200])
        #expect(names(seen.replies.first) == names(get.replies.first))
        #expect(seen.replies.last?.text == "y 0")
        #expect(seen.forwarded.map(\.method) == ["HEAD", "GET"])
        #expect(seen.lines.map(\.responseBytes) == [0, 3])
    }

    @Test("case 92: a refused HEAD has no body either")
    func refusedHead() throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send("HEAD /api/v1/nosuch/x HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n\r\n" + Self.get("y"))
            return [connection.receive(method: "HEAD"), connection.receive()].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [404, 200])
        #expect(seen.lines.map(\.responseBytes) == [0, 3])
    }
}
