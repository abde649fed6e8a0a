import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("TLS transfer", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSTransferTests {
    private func established(_ sockets: SocketPair? = nil, _ version: TLSVersion = .tls13) throws -> TLSPair {
        let contexts = try TLSPair.standard { _, client in client.maximumVersion = version }
        let pair = try TLSPair(contexts.client, contexts.server, sockets: sockets)
        try pair.establish()
        return pair
    }

    private func text(_ words: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<words).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
    }

    @Test("10 MiB each way arrive through small sockets and random pieces", arguments: TLSVersion.allCases)
    func bulk(_ version: TLSVersion) throws {
        var random = SeededGenerator.forTest()
        let pair = try established(try SocketPair(sendBufferBytes: 9_000), version)
        let up = text(10 << 17, &random)
        var pump = TLSPump(pair, up: up, down: up.reversed(), random: random)
        #expect(try pump.run())
        #expect(pump.writeStops > 100)
    }

    @Test("what the peer said before it went can be read after a write has failed", arguments: TLSVersion.allCases)
    func lastWords(_ version: TLSVersion) throws {
        let pair = try established(nil, version)
        #expect(pair.server.send(Array("answer".utf8)) == .bytes(6))
        pair.sockets.close(pair.sockets.server)
        guard case .failed(let failure) = pair.client.send([1]) else {
            Issue.record("a write to nobody succeeds")
            return
        }
        #expect(failure.kind == .socket)
        #expect(pair.client.send([1]) == .failed(failure))
        #expect(pair.client.receive() == Array("answer".utf8))
        #expect(pair.client.readResult() == .truncated)
    }

    @Test("a small buffer leaves bytes pending, which a poll would not tell")
    func pending() throws {
        let pair = try established()
        #expect(pair.client.send([1, 2, 3, 4, 5]) == .bytes(5) && pair.client.send([6]) == .bytes(1))
        #expect(pair.server.pending == 0 && !pair.server.hasBufferedInput)
        #expect(pair.server.receive(2) == [1, 2])
        #expect(pair.server.pending == 3 && pair.server.hasBufferedInput)
        #expect(pair.server.receive() == [3, 4, 5])
        // The second record was read from the socket with the first.
        #expect(pair.server.pending == 0 && pair.server.hasBufferedInput)
        #expect(pair.server.receive() == [6])
        #expect(!pair.server.hasBufferedInput && pair.server.readResult() == .wantsRead)
    }

    @Test("a request that comes with the end of the handshake waits in the session, not in the socket")
    func firstBytes() throws {
        let contexts = try TLSPair.standard()
        let pair = try TLSPair(contexts.client, contexts.server)
        #expect(pair.client.handshake() == .wantsRead && pair.server.handshake() == .wantsRead)
        #expect(pair.client.handshake() == .done && pair.client.send([1, 2]) == .bytes(2))
        #expect(pair.server.handshake() == .done)
        #expect(pair.server.hasBufferedInput)
        #expect(!pair.sockets.waitForBytes(client: false, server: true))
        #expect(pair.server.receive() == [1, 2])
    }

    @Test("nothing to move is nothing moved")
    func empty() throws {
        let pair = try established()
        #expect(pair.client.send([]) == .bytes(0))
        #expect(pair.client.write(UnsafeRawBufferPointer(start: nil, count: 0)) == .bytes(0))
        #expect(pair.client.read(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == .bytes(0))
    }

    @Test("close_notify ends one side only", arguments: TLSVersion.allCases)
    func closeNotify(_ version: TLSVersion) throws {
        let pair = try established(nil, version)
        #expect(pair.client.send([1]) == .bytes(1))
        #expect(pair.client.shutdown() == .done && pair.client.shutdown() == .done)
        #expect(pair.client.send([2]) == .closed)
        #expect(pair.server.receive() == [1] && pair.server.readResult() == .closed)
        #expect(pair.server.readResult() == .closed)
        #expect(pair.server.send([3]) == .bytes(1) && pair.client.receive() == [3])
        #expect(pair.server.shutdown() == .done && pair.client.readResult() == .closed)
    }

    @Test("a connection that just ends is truncated, again and again", arguments: TLSVersion.allCases)
    func truncation(_ version: TLSVersion) throws {
        let pair = try established(nil, version)
        #expect(pair.client.send([1]) == .bytes(1))
        pair.sockets.close(pair.sockets.client)
        #expect(pair.server.receive() == [1])
        #expect(pair.server.readResult() == .truncated && pair.server.readResult() == .truncated)
        // What a write says depends on whether the socket still takes bytes; it must only not crash.
        _ = pair.server.send([2])
        _ = pair.server.shutdown()
    }

    @Test("a reset is a failure of the socket")
    func reset() throws {
        let pair = try established(try SocketPair(overTCP: ()))
        Loopback.resetOnClose(pair.sockets.client)
        pair.sockets.close(pair.sockets.client)
        #expect(pair.sockets.waitForBytes(client: false, server: true))
        guard case .failed(let failure) = pair.server.readResult() else { return #expect(Bool(false)) }
        #expect(failure.kind == .socket && failure.description == "connection reset by peer")
        #expect(pair.server.readResult() == .failed(failure) && pair.server.send([1]) == .failed(failure))
        #expect(pair.server.shutdown() == .done)
    }

    @Test("a write to a socket whose peer is gone fails")
    func brokenPipe() throws {
        let pair = try established()
        pair.sockets.close(pair.sockets.client)
        guard case .failed(let failure) = pair.server.send([1]) else { return #expect(Bool(false)) }
        #expect(failure.kind == .socket && failure.description == "broken pipe")
    }

    @Test("close_notify waits for an unfinished write")
    func unfinishedWrite() throws {
        let pair = try established(try SocketPair(sendBufferBytes: 9_000))
        let piece = [UInt8](repeating: 7, count: 16_384)
        var sent = 0
        while case .bytes(let count) = pair.client.send(piece) { sent += count }
        #expect(pair.client.shutdown() == .wantsWrite)
        var received = 0
        var isSent = false
        while let bytes = pair.server.receive() {
            received += bytes.count
            if !isSent, case .bytes(let count) = pair.client.send(piece) {
                sent += count
                isSent = true
            }
        }
        #expect(isSent && received == sent)
        #expect(pair.client.shutdown() == .done && pair.server.readResult() == .closed)
    }

    @Test("bytes that change after a full socket are caught when they are fewer")
    func changedWrite() throws {
        let pair = try established(try SocketPair(sendBufferBytes: 9_000))
        while case .bytes = pair.client.send([UInt8](repeating: 7, count: 16_384)) {}
        guard case .failed(let failure) = pair.client.send([7]) else { return #expect(Bool(false)) }
        #expect(failure.kind == .internalError && failure.description == "bad length")
    }

    @Test("sessions on one thread do not see each other's errors")
    func errorQueue() throws {
        let good = try established()
        let bad = try established()
        #expect(Loopback.send(bad.sockets.client, Array("this is no record at all".utf8)))
        guard case .failed = bad.server.readResult() else { return #expect(Bool(false)) }
        #expect(good.server.readResult() == .wantsRead)
        #expect(good.client.send([1]) == .bytes(1) && good.server.receive() == [1])
    }
}
