import CurlHTTP
import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("OpsRequest")
struct OpsRequestTests {
    private func parse(_ text: String) -> OpsRequest.Outcome { OpsRequest.parse(Array(text.utf8)) }

    @Test("a plain request is read; the query is no part of the path")
    func plain() {
        let text = "GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\naccept: */*\r\n\r\nnext"
        let request = OpsRequest(
            path: "/metrics", query: "x=1", isHead: false, accept: "text/plain, */*", keepsAlive: true)
        #expect(parse(text) == .request(request, headBytes: text.utf8.count - 4))
        guard case .request(let old, _) = parse("HEAD / HTTP/1.0\r\n\r\n") else {
            Issue.record("refused")
            return
        }
        #expect(old.isHead && !old.keepsAlive && old.isOld && old.query == nil)
        let scrape = "GET /metrics?a?b HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\naccept-encoding: br\r\n"
        guard case .request(let asked, _) = parse(scrape + "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n") else {
            Issue.record("refused")
            return
        }
        #expect(asked.query == "a?b" && asked.acceptEncoding == "gzip, br" && asked.scrapeTimeout == "10")
    }

    @Test("a head that is not complete waits, however it is cut")
    func incomplete() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        for count in 0..<text.utf8.count { #expect(OpsRequest.parse(Array(text.utf8.prefix(count))) == .incomplete) }
    }

    @Test(
        "anything unusual is refused",
        arguments: [
            ("POST / HTTP/1.1\r\n\r\n", 405), ("GET / HTTP/2.0\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\r\n", 400),
            ("GET x HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 400), ("GET / HTTP/1.1\r\nA : b\r\n\r\n", 400),
            ("GET / HTTP/1.1\nA: b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nA: b\u{0}\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nno-colon\r\n\r\n", 400), ("\r\n\r\n", 400),
        ])
    func refused(_ text: String, _ status: Int) {
        #expect(parse(text) == .refused(status: status))
    }

    @Test("a head without end is refused at 8 KiB")
    func large() {
        #expect(parse("GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 9000)) == .refused(status: 431))
    }
}

@Suite("OpsServer", .serialized)
struct OpsServerTests {
    @Test("answers on kept connections, and one slow client does not hold up another")
    func serving() throws {
        let address = try #require(ListenAddress("127.0.0.1:0"))
        let server = try OpsServer(address) { request in
            .whole(
                OpsResponse(status: 200, body: Array("\(request.path) \(String(repeating: "x", count: 300_000))".utf8)))
        }
        try server.start()
        defer { server.stop() }
        let slow = try Loopback.connect(port: Int(server.port))
        Loopback.send(slow, Array("GET /slow HTT".utf8))
        let client = CurlClient()
        for path in ["/a", "/b"] {
            var request = HTTPRequest(url: "http://127.0.0.1:\(server.port)\(path)")
            request.proxy = .none
            let response = try client.perform(request)
            #expect(response.status == 200)
            #expect(response.body.count == 300_003)
        }
        Loopback.send(slow, Array("P/1.1\r\n\r\n".utf8))
        #expect(Loopback.receive(slow).starts(with: Array("HTTP/1.1 400".utf8)))
        close(slow)
    }

    @Test("listen addresses", arguments: ["127.0.0.1:0", "localhost:0"])
    func addresses(_ text: String) throws {
        let address = try #require(ListenAddress(text))
        #expect(try address.listen().port > 0)
        for bad in ["", "127.0.0.1", ":1", "127.0.0.1:x", "127.0.0.1:70000"] { #expect(ListenAddress(bad) == nil) }
        #expect(ListenAddress("[::1]:9465")?.host == "::1")
    }
}
