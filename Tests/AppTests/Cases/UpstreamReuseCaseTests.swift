import TestSupport
import Testing

/// What the server of a cell answers, by the last segment of the path; the connection stays open where it may.
enum ReusedUpstream {
    static let serve: RecordingUpstream.Script = { peer in
        while let message = peer.message() {
            let name = message.target.split(separator: "/").last.map(String.init) ?? ""
            switch name {
            case "stale":
                // The next request is read, then the connection breaks without a byte of an answer.
                peer.answer(message)
                _ = peer.message()
                return peer.resetAtEnd()
            case "never": return peer.resetAtEnd()
            default:
                guard let answer = answers[name] else {
                    peer.answer(message)
                    continue
                }
                peer.send(answer)
            }
        }
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
    private static let answers = [
        "no-content": "HTTP/1.1 204 No Content\r\n\r\nhello",
        "no-content-length": "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        "not-modified": "HTTP/1.1 304 Not Modified\r\n\r\nhello",
        "two": "\(ok)\r\nok\(ok)\r\nno",
        "garbage": "\(ok)\r\nok\0\0\0",
        "close": "\(ok)Connection: close\r\n\r\nok",
        "old": "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "trailers":
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n2\r\nok\r\n0\r\nSum: 1\r\n\r\n",
    ]
}

@Suite(
    "Cases of kept upstream connections, at the running gateway", .serialized,
    .gateway(upstream: ReusedUpstream.serve))
struct UpstreamReuseCaseTests {
    private func request(_ name: String, _ start: String = "GET", _ lines: String = "", body: String = "") -> String {
        "\(start) /api/v1/rec/\(name) HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: acme\r\n\(lines)\r\n\(body)"
    }

    /// The probe before a case leaves one idle connection, the case uses it, and the probe behind it shows whether it
    /// was used again.
    private func newConnections(_ name: String) throws -> (seen: Observation, count: Int) {
        let bench = try CaseBench.booted()
        _ = try bench.observe(request("x"))
        let before = bench.upstream.connectionCount
        let seen = try bench.observe(request(name))
        return (seen, bench.upstream.connectionCount - before)
    }

    @Test("an upstream connection is used again after a whole answer")
    func reused() throws {
        let (seen, count) = try newConnections("x")
        #expect(seen.replies.map(\.text) == ["ok"])
        #expect(count == 0)
    }

    @Test(
        "case 99: a body where none may be is dropped, and its connection not used again",
        arguments: ["no-content", "no-content-length", "not-modified"])
    func forbiddenBody(_ name: String) throws {
        let (seen, count) = try newConnections(name)
        let reply = try #require(seen.replies.first)
        #expect(reply.status == (name == "not-modified" ? 304 : 204))
        #expect(reply.body.isEmpty && reply.header("Transfer-Encoding") == nil)
        #expect(reply.status != 204 || reply.header("Content-Length") == nil)
        #expect(count == 1)
        #expect(seen.lines.map(\.responseBytes) == [0])
    }

    @Test(
        "case 102: bytes behind an answer are dropped, and their connection not used again",
        arguments: ["two", "garbage"])
    func unsolicited(_ name: String) throws {
        let (seen, count) = try newConnections(name)
        #expect(seen.replies.map(\.text) == ["ok"])
        #expect(count == 1)
    }

    @Test("case 103: a connection that the server will close is not used again", arguments: ["close", "old"])
    func closing(_ name: String) throws {
        let (seen, count) = try newConnections(name)
        #expect(seen.replies.map(\.text) == ["ok"])
        #expect(seen.replies.first?.header("Connection") == nil)
        #expect(count == 1)
    }

    @Test("case 105: a kept connection that has gone stale is replaced once where repeating does no harm")
    func stale() throws {
        let bench = try CaseBench.booted()
        let before = try bench.gateway.metrics().sum("gateway_retries_total", ["result": "success"])
        let seen = try bench.observe { connection in
            connection.send(request("stale") + request("next"))
            return [connection.receive(), connection.receive()].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [200, 200])
        #expect(seen.forwarded.map(\.target).filter { $0.hasSuffix("/next") }.count == 2)
        #expect(seen.lines.map(\.attempts) == [1, 2])
        #expect(seen.faults == ["stale": 1])
        #expect(try bench.gateway.metrics().sum("gateway_retries_total", ["result": "success"]) == before + 1)
    }

    @Test("case 105: what may do harm is not repeated")
    func staleUnsafe() throws {
        let seen = try CaseBench.booted().observe { connection in
            connection.send(request("stale") + request("next", "POST", "Content-Length: 1\r\n", body: "a"))
            return [connection.receive(), connection.receive()].compactMap(\.self)
        }
        #expect(seen.replies.map(\.status) == [200, 502])
        seen.replies.last?.expectFailure(502, "UPSTREAM_UNAVAILABLE")
        #expect(seen.forwarded.map(\.target).filter { $0.hasSuffix("/next") }.count == 1)
        #expect(seen.lines.map(\.attempts) == [1, 1])
    }

    @Test("case 94: a request is repeated once and no more")
    func onlyOnce() throws {
        let bench = try CaseBench.booted()
        _ = try bench.observe(request("x"))
        let seen = try bench.observe(request("never"))
        seen.replies.first?.expectFailure(502, "UPSTREAM_UNAVAILABLE")
        #expect(seen.forwarded.map(\.target) == ["/api/v1/rec/never", "/api/v1/rec/never"])
        #expect(seen.lines.map(\.attempts) == [2])
        #expect(seen.lines.map(\.errorCode) == ["UPSTREAM_UNAVAILABLE"])
    }

    @Test("case 107: trailers reach a client that says TE: trailers, and no other")
    func trailers() throws {
        let bench = try CaseBench.booted()
        let plain = try bench.observe(request("trailers"))
        #expect(plain.replies.map(\.text) == ["ok"])
        #expect(plain.replies.first?.trailers == [])
        #expect(plain.forwarded.first?.values("te") == [])
        let asking = try bench.observe(request("trailers", "GET", "TE: trailers\r\nConnection: te\r\n"))
        #expect(asking.replies.map(\.text) == ["ok"])
        #expect(asking.replies.first?.trailers == ["Sum: 1"])
        #expect(asking.forwarded.first?.values("te") == ["trailers"])
    }
}
