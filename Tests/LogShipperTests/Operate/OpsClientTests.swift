import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("OpsClient")
struct OpsClientTests {
    private func parse(_ text: String, piece: Int) -> (body: String, isComplete: Bool)? {
        var parser = OpsAnswerParser()
        var body: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            guard let pieces = parser.take(rest.prefix(piece)) else { return nil }
            body += pieces.joined()
            rest = rest.dropFirst(piece)
        }
        guard let pieces = parser.finish() else { return nil }
        return (String(decoding: body + pieces.joined(), as: UTF8.self), parser.isComplete)
    }

    @Test(
        "an answer is the same however it is cut",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world", "HTTP/1.0 200 OK\r\n\r\nhello world",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\n\r\n",
        ])
    func framing(_ text: String) {
        for piece in 1...text.utf8.count {
            let found = parse(text, piece: piece)
            #expect(found?.body == "hello world" && found?.isComplete == true, "pieces of \(piece)")
        }
    }

    @Test("an answer that breaks off is not complete, and nonsense is no answer")
    func broken() {
        #expect(parse("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello", piece: 100)?.isComplete == false)
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(parse(chunked + "6\r\nhello \r\n", piece: 100)?.isComplete == false)
        for bad in [
            "nonsense\r\n\r\n", "HTTP/1.1 x\r\n\r\n", chunked + "-1\r\n", chunked + "zz\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        ] {
            #expect(parse(bad, piece: 100) == nil, "\(bad)")
        }
        #expect(parse(String(repeating: "x", count: 20_000), piece: 1000) == nil)
    }

    @Test("nobody there, no listener and a refusal are said with the address")
    func failures() throws {
        var configuration = ShipperConfiguration(stateDirectory: "/absent")
        configuration.opsListen = ""
        let empty = #expect(throws: OpsFailure.self) { try StatusRequest(configuration) }
        #expect(empty?.description.contains("ops.listen is empty") == true)
        let port = try Loopback.freePort()
        configuration.opsListen = "127.0.0.1:\(port)"
        let nobody = #expect(throws: OpsFailure.self) { try StatusRequest(configuration).send(asTable: true) }
        #expect(
            nobody?.description == "the shipper at 127.0.0.1:\(port) (ops.listen) does not run: nobody listens there")
        let server = try OpsServer(try #require(ListenAddress("127.0.0.1:0"))) { _ in
            .whole(OpsResponse(status: 404, body: Array("no".utf8)))
        }
        try server.start()
        defer { server.stop() }
        configuration.opsListen = "0.0.0.0:\(server.port)"
        let refused = #expect(throws: OpsFailure.self) { try StatusRequest(configuration).send(asTable: false) }
        #expect(refused?.description.contains("answered 404") == true)
    }
}
