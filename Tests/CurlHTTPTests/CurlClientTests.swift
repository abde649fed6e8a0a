import CurlHTTP
import TestSupport
import Testing

@Suite("CurlClient", .serialized)
struct CurlClientTests {
    private func stub(_ answer: @escaping @Sendable (StubRequest) -> StubResponse) throws -> HTTPStub {
        try HTTPStub(answer)
    }

    private func request(_ url: String, _ change: (inout HTTPRequest) -> Void = { _ in }) -> HTTPRequest {
        var request = HTTPRequest(url: url, totalTimeoutMillis: 10_000)
        request.proxy = .none
        change(&request)
        return request
    }

    private func failure(_ request: HTTPRequest) -> CurlError? {
        do throws(CurlError) {
            _ = try CurlClient().perform(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("status, headers and body come back, whatever the status")
    func response() throws {
        let stub = try stub { _ in .status(418, headers: [("X-One", "a"), ("x-one", "b")], body: Array("tea".utf8)) }
        defer { stub.stop() }
        let response = try CurlClient().perform(request("\(stub.url)/pot"))
        #expect(response.status == 418)
        #expect(response.body == Array("tea".utf8))
        #expect(response.header("X-ONE") == "a")
        #expect(response.header("absent") == nil)
        #expect(stub.requests.first?.target == "/pot")
    }

    @Test("a POST sends its bytes as they are, without Expect, from an array and from a shared buffer")
    func post() throws {
        let stub = try stub { _ in .status(204) }
        defer { stub.stop() }
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let client = CurlClient()
        _ = try client.perform(
            request(stub.url) {
                $0.method = "POST"
                $0.body = bytes
            })
        _ = try client.perform(
            request(stub.url) {
                $0.method = "POST"
                $0.sharedBody = BodyBuffer(bytes)
            })
        #expect(stub.requests.count == 2)
        for request in stub.requests {
            #expect(request.body == bytes)
            #expect(request.header("Expect") == nil)
            #expect(request.header("Content-Length") == "3000000")
        }
    }

    @Test("an empty POST has Content-Length 0; other methods keep their name")
    func methods() throws {
        let stub = try stub { _ in .status(200, body: Array("x".utf8)) }
        defer { stub.stop() }
        let client = CurlClient()
        for method in ["POST", "PUT", "DELETE", "PATCH", "HEAD", "GET"] {
            let response = try client.perform(request(stub.url) { $0.method = method })
            #expect(response.body.isEmpty == (method == "HEAD"))
        }
        #expect(stub.requests.map(\.method) == ["POST", "PUT", "DELETE", "PATCH", "HEAD", "GET"])
        #expect(stub.requests.first?.header("Content-Length") == "0")
    }

    @Test("a body above the limit is an error, or cut where the request says so")
    func bounded() throws {
        let stub = try stub { _ in .status(200, body: [UInt8](repeating: 0x61, count: 100_000)) }
        defer { stub.stop() }
        #expect(failure(request(stub.url) { $0.maxBodyBytes = 99_999 })?.kind == .tooLarge)
        let cut = try CurlClient().perform(
            request(stub.url) {
                $0.maxBodyBytes = 10
                $0.truncatesBody = true
            })
        #expect(cut.body.count == 10)
        #expect(cut.isBodyTruncated)
        #expect(try CurlClient().perform(request(stub.url) { $0.maxBodyBytes = 100_000 }).body.count == 100_000)
    }

    @Test("redirects are answers unless they are asked for")
    func redirects() throws {
        let stub = try stub { request in
            request.target == "/a" ? .status(302, headers: [("Location", "/b")]) : .status(200)
        }
        defer { stub.stop() }
        #expect(try CurlClient().perform(request("\(stub.url)/a")).status == 302)
        #expect(try CurlClient().perform(request("\(stub.url)/a") { $0.maxRedirects = 1 }).status == 200)
    }

    @Test(
        "a header that could break the framing is refused before anything is sent",
        arguments: [("X", "a\r\nY: b"), ("X\r\nY", "a"), ("X", "a\0b"), ("", "a"), ("X y", "a"), ("X", "a\nb")])
    func injection(_ name: String, _ value: String) throws {
        let error = failure(request("http://127.0.0.1:1/") { $0.headers = [(name, value)] })
        #expect(error?.kind == .invalidRequest)
    }

    @Test("a header with an empty value is sent empty")
    func emptyHeader() throws {
        let stub = try stub { _ in .status(200) }
        defer { stub.stop() }
        _ = try CurlClient().perform(request(stub.url) { $0.headers = [("X-Empty", "")] })
        #expect(stub.requests.first?.header("X-Empty") == "")
    }

    @Test(
        "only absolute http and https URLs are taken",
        arguments: ["ftp://127.0.0.1/", "file:///etc/passwd", "/path", "", "http://a b/", "http://127.0.0.1/\r\nX: y"])
    func urls(_ url: String) {
        #expect(failure(request(url))?.kind == .invalidURL)
    }

    @Test("failures say which kind they are, and whether another try makes sense")
    func kinds() throws {
        let silent = try stub { _ in .silence }
        defer { silent.stop() }
        let timeout = failure(request(silent.url) { $0.totalTimeoutMillis = 50 })
        #expect(timeout?.kind == .timeout)
        #expect(timeout?.isRetryable == true)
        let rude = try stub { _ in .hangUp }
        defer { rude.stop() }
        #expect(failure(request(rude.url))?.kind == .receive)
        let liar = try stub { _ in .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)) }
        defer { liar.stop() }
        #expect(failure(request(liar.url))?.kind == .receive)
        let port = liar.port
        liar.stop()
        #expect(eventually { failure(request("http://127.0.0.1:\(port)/"))?.kind == .connect })
        #expect(failure(request("http://no-such-host.invalid/"))?.kind == .resolve)
        #expect(failure(request("http://no-such-host.invalid/"))?.isRetryable == true)
    }

    @Test("basic and bearer credentials are sent")
    func credentials() throws {
        let stub = try stub { _ in .status(200) }
        defer { stub.stop() }
        let client = CurlClient()
        _ = try client.perform(request(stub.url) { $0.authentication = .basic(user: "u", password: "p:w") })
        _ = try client.perform(request(stub.url) { $0.authentication = .bearer("abc") })
        _ = try client.perform(request(stub.url))
        #expect(stub.requests.map { $0.header("Authorization") } == ["Basic dTpwOnc=", "Bearer abc", nil])
    }

    @Test("one client goes on after errors")
    func reuse() throws {
        let stub = try stub { _ in .status(200, body: Array("ok".utf8)) }
        defer { stub.stop() }
        let client = CurlClient()
        for _ in 0..<3 {
            #expect(throws: CurlError.self) { try client.perform(request("gopher://x/")) }
            #expect(try client.perform(request(stub.url)).body == Array("ok".utf8))
        }
    }
}
