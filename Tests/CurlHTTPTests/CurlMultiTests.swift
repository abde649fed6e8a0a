import CurlHTTP
import Foundation
import TestSupport
import Testing

@Suite("CurlMulti", .serialized)
struct CurlMultiTests {
    private func request(_ url: String) -> HTTPRequest {
        var request = HTTPRequest(method: "POST", url: url, body: Array("x".utf8), totalTimeoutMillis: 10_000)
        request.proxy = .none
        return request
    }

    @Test("many requests at once each get their own completion")
    func many() throws {
        let stub = try HTTPStub { request in .status(200, body: Array(request.target.utf8)) }
        defer { stub.stop() }
        let multi = try CurlMulti()
        for id in UInt64(1)...40 { try multi.add(request("\(stub.url)/\(id)"), id: id) }
        #expect(multi.inFlightCount == 40)
        var bodies: [UInt64: String] = [:]
        let done = try eventually {
            for completion in multi.poll(timeoutMillis: 50) {
                bodies[completion.id] = String(decoding: try completion.result.get().body, as: UTF8.self)
            }
            return bodies.count == 40
        }
        #expect(done)
        #expect(bodies.allSatisfy { $0.value == "/\($0.key)" })
        #expect(multi.inFlightCount == 0)
    }

    @Test("a failed request completes with its error, beside one that works")
    func failure() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let multi = try CurlMulti()
        try multi.add(request("http://no-such-host.invalid/"), id: 1)
        try multi.add(request(stub.url), id: 2)
        #expect(throws: CurlError.self) { try multi.add(request(stub.url), id: 2) }
        #expect(throws: CurlError.self) { try multi.add(request("file:///x"), id: 3) }
        var results: [UInt64: Bool] = [:]
        #expect(
            eventually {
                for completion in multi.poll(timeoutMillis: 50) {
                    results[completion.id] = (try? completion.result.get()) != nil
                }
                return results.count == 2
            })
        #expect(results == [1: false, 2: true])
    }

    @Test("a cancelled request gets no completion, and wakeup ends a poll from another thread")
    func cancelAndWake() throws {
        let stub = try HTTPStub { _ in .silence }
        defer { stub.stop() }
        let multi = try CurlMulti()
        try multi.add(request(stub.url), id: 7)
        #expect(eventually { multi.poll(timeoutMillis: 20).isEmpty && !stub.requests.isEmpty })
        multi.cancel(id: 7)
        #expect(multi.inFlightCount == 0)
        let waker = Thread { multi.wakeup() }
        let start = Date()
        waker.start()
        #expect(multi.poll(timeoutMillis: 600_000).isEmpty)
        #expect(Date().timeIntervalSince(start) < 300)
    }
}
