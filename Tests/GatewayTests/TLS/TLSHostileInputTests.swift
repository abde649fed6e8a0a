import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("TLS and hostile input", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSHostileInputTests {
    /// What a server says when a client sends bytes and ends.
    private func answer(_ bytes: [UInt8], by server: TLSServerContext) throws -> TLSHandshakeResult {
        let sockets = try SocketPair()
        let session = try server.session(descriptor: sockets.server)
        Loopback.send(sockets.client, bytes)
        sockets.close(sockets.client)
        for _ in 0..<20 {
            let result = session.handshake()
            if result.isFinal {
                #expect(session.handshake() == result && session.shutdown() == .done)
                return result
            }
        }
        throw Absent(what: "an end of the handshake")
    }

    @Test(
        "plain HTTP is told apart",
        arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /x HTTP/1.0\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\n\r\n"])
    func plainHTTP(_ request: String) throws {
        let result = try answer(Array(request.utf8), by: try TLSPair.standard().server)
        #expect(result.kind == .plainHTTP)
        #expect(result.reason == "http request on a TLS port")
    }

    @Test("what ends early ends the handshake")
    func early() throws {
        let server = try TLSPair.standard().server
        for bytes: [UInt8] in [[], [22], [22, 3, 1, 2, 0, 1]] {
            let result = try answer(bytes, by: server)
            #expect(result.kind == .endOfStream)
            #expect(result.reason == "the peer closed the connection during the handshake")
        }
    }

    @Test("something else is not TLS")
    func notTLS() throws {
        let result = try answer(Array("SSH-2.0-OpenSSH_9.2p1\r\n".utf8), by: try TLSPair.standard().server)
        #expect(result.kind == .notTLS)
        #expect(result.reason == "not a TLS record")
    }

    @Test("random bytes fail cleanly")
    func garbage() throws {
        var random = SeededGenerator.forTest()
        let server = try TLSPair.standard().server
        for _ in 0..<2_000 {
            let count = random.int(1...600)
            var bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Half of it looks like a record with a ClientHello at first.
            if random.oneIn(2), count > 9 { bytes.replaceSubrange(0..<6, with: [22, 3, 1, 0, UInt8(count & 127), 1]) }
            let result = try answer(bytes, by: server)
            #expect(result.kind != nil && !result.reason.isEmpty)
        }
    }

    @Test("random bytes fail a client cleanly too")
    func garbageServer() throws {
        var random = SeededGenerator.forTest()
        let client = try TLSPair.standard().client
        for _ in 0..<500 {
            let sockets = try SocketPair()
            let session = try client.session(descriptor: sockets.client, serverName: "example.test")
            #expect(session.handshake() == .wantsRead)
            // A record that looks like a ServerHello at first.
            let rest = (0..<random.int(1...200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let header: [UInt8] = [22, 3, 3, 0, UInt8(rest.count + 4), 2, 0, 0, UInt8(rest.count)]
            Loopback.send(sockets.server, random.oneIn(2) ? rest : header + rest)
            shutdown(sockets.server, Int32(SHUT_WR))
            let result = session.handshake()
            #expect(result.kind != nil && !result.reason.isEmpty)
        }
    }

    @Test("a real ClientHello with changed bytes never crashes the server")
    func mutatedHello() throws {
        var random = SeededGenerator.forTest()
        let contexts = try TLSPair.standard { _, client in client.protocols = [.http2, .http11] }
        for _ in 0..<1_000 {
            let sockets = try SocketPair()
            let client = try contexts.client.session(descriptor: sockets.client, serverName: "example.test")
            #expect(client.handshake() == .wantsRead)
            var hello = Loopback.receive(sockets.server)
            for _ in 0..<random.int(1...4) {
                hello[random.int(0...hello.count - 1)] = UInt8(truncatingIfNeeded: random.next())
            }
            if random.oneIn(4) { hello.removeLast(random.int(0...hello.count - 1)) }
            let victim = try SocketPair()
            let server = try contexts.server.session(descriptor: victim.server)
            Loopback.send(victim.client, hello)
            for _ in 0..<3 where server.handshake() == .wantsRead {}
        }
    }

    @Test("changed records are refused", arguments: TLSVersion.allCases)
    func changedRecord(_ version: TLSVersion) throws {
        let contexts = try TLSPair.standard { _, client in client.maximumVersion = version }
        let pair = try TLSPair(contexts.client, contexts.server)
        try pair.establish()
        // 23 is application data, 0x0303 the version of every record, 32 the length.
        Loopback.send(pair.sockets.client, [23, 3, 3, 0, 32] + [UInt8](repeating: 9, count: 32))
        guard case .failed(let failure) = pair.server.readResult() else { return #expect(Bool(false)) }
        #expect(failure.kind == .violation)
        #expect(failure.description == "decryption failed or bad record mac")
        guard case .failed(let told) = pair.client.readResult() else { return #expect(Bool(false)) }
        #expect(told.alert == 20 && told.description == "bad record mac alert")
    }

    @Test("every alert has a text")
    func alerts() {
        #expect(TLSAlert.name(of: 48) == "unknown ca" && TLSAlert.name(of: 200) == "unnamed 200")
    }
}
