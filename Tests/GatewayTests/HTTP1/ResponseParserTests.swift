import Testing

@testable import Gateway

@Suite struct ResponseParserTests {
    private func read(_ text: String, toHead: Bool = false) -> ResponseReader {
        let bytes = Array(text.utf8)
        let whole = ResponseReader.read([bytes], toHead: toHead)
        for pieces in bytes.splits {
            let reader = ResponseReader.read(pieces, toHead: toHead)
            #expect(reader.error == whole.error)
            #expect(reader.body == whole.body)
            #expect(reader.status == whole.status)
        }
        return whole
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5,5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 O\rK\r\n\r\n", "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1  200 OK\r\n\r\n", "nonsense\r\n\r\n",
    ])
    func `a malformed answer is an upstream's protocol error`(text: String) {
        let reader = read(text)
        #expect(reader.error?.code == .upstreamProtocolError)
        #expect(reader.error?.source == .upstream)
    }

    @Test func `98 a head beyond the limits is refused`() {
        let many = (0..<1_000).map { "A\($0): b\r\n" }.joined()
        #expect(ResponseReader.read([Array("HTTP/1.1 200 OK\r\n\(many)\r\n".utf8)]).error != nil)
        let large = String(repeating: "a", count: 1_000_000)
        #expect(ResponseReader.read([Array("HTTP/1.1 200 OK\r\nA: \(large)".utf8)]).error != nil)
    }

    @Test func `a body is delimited by length, chunks or the connection`() {
        let sized = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        #expect(sized.isComplete && sized.body == Array("hello".utf8))
        let chunked = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n")
        #expect(chunked.isComplete && chunked.body == Array("hello".utf8))
        #expect(chunked.trailer == "A: b\r\n")
        let open = read("HTTP/1.1 200 OK\r\n\r\nhello")
        #expect(!open.isComplete && open.body == Array("hello".utf8))
        #expect(open.keepAlive == false)
    }

    @Test(arguments: [204, 304])
    func `99 these codes have no body, what follows is left over`(status: Int) {
        let reader = read("HTTP/1.1 \(status) x\r\nContent-Length: 5\r\n\r\nhello")
        #expect(reader.isComplete && reader.body.isEmpty)
        #expect(reader.leftover == 5)
    }

    @Test func `the answer to HEAD has no body but tells its length`() {
        let reader = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", toHead: true)
        #expect(reader.isComplete)
        #expect(reader.declaredLength == 5)
    }

    @Test func `interim answers precede the final one`() {
        let reader = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 204 x\r\n\r\n")
        #expect(reader.status == 204)
    }

    @Test func `a missing reason is accepted`() {
        #expect(read("HTTP/1.1 204\r\n\r\n").status == 204)
    }

    @Test(arguments: [
        ("HTTP/1.1 204 x\r\n\r\n", true), ("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n", false),
        ("HTTP/1.0 204 x\r\n\r\n", false), ("HTTP/1.0 204 x\r\nConnection: keep-alive\r\n\r\n", true),
    ])
    func `103 the connection is kept as the upstream says`(text: String, keepAlive: Bool) {
        #expect(read(text).keepAlive == keepAlive)
    }
}
