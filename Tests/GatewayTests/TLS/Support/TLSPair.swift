import Foundation
import TestSupport

@testable import Gateway

/// A client and a server on one thread.
final class TLSPair {
    let sockets: SocketPair
    let client: TLSSession
    let server: TLSSession

    init(
        _ clientContext: TLSClientContext, _ serverContext: TLSServerContext, name: String = "example.test",
        sockets: SocketPair? = nil
    ) throws {
        let sockets = try sockets ?? SocketPair()
        self.sockets = sockets
        client = try clientContext.session(descriptor: sockets.client, serverName: name)
        server = try serverContext.session(descriptor: sockets.server)
    }

    /// Both sides in turn, until neither goes on.
    func handshake() -> (client: TLSHandshakeResult, server: TLSHandshakeResult) {
        var results = (client: TLSHandshakeResult.wantsWrite, server: TLSHandshakeResult.wantsWrite)
        for _ in 0..<50 {
            results = (client.handshake(), server.handshake())
            if results.client.isFinal && results.server.isFinal { break }
            // Nothing under way any more: the side that waits would wait for ever.
            guard sockets.waitForBytes(client: !results.client.isFinal, server: !results.server.isFinal) else { break }
        }
        return results
    }

    /// The handshake, which must succeed, and then a byte each way, with which the tickets of TLS 1.3 arrive.
    func establish() throws {
        let results = handshake()
        guard results == (.done, .done) else { throw Absent(what: "the handshake: \(results)") }
        guard server.send([1]) == .bytes(1), arrival(isClient: true) == [1], client.send([2]) == .bytes(1),
            arrival(isClient: false) == [2]
        else { throw Absent(what: "a byte that arrives") }
    }

    /// The next bytes; a ticket may come before them.
    func arrival(isClient: Bool) -> [UInt8]? {
        for _ in 0..<5 {
            if let bytes = (isClient ? client : server).receive() { return bytes }
            guard sockets.waitForBytes(client: isClient, server: !isClient) else { break }
        }
        return nil
    }

    /// Makes a pair of default contexts.
    static func standard(
        _ change: (inout TLSServerOptions, inout TLSClientOptions) -> Void = { _, _ in }
    ) throws -> (client: TLSClientContext, server: TLSServerContext) {
        let files = try TestCertificates.files()
        var server = TLSServerOptions(identities: [files.identity("example")])
        var client = TLSClientOptions(authoritiesFile: files.authority)
        change(&server, &client)
        return (try TLSClientContext(client), try TLSServerContext(server))
    }
}

extension TLSHandshakeResult {
    var isFinal: Bool { self != .wantsRead && self != .wantsWrite }

    /// The text of a failure; empty for anything else.
    var reason: String {
        if case .failed(let failure) = self { failure.description } else { "" }
    }

    var kind: TLSFailure.Kind? {
        if case .failed(let failure) = self { failure.kind } else { nil }
    }
}

extension TLSSession {
    func send(_ bytes: [UInt8]) -> TLSWriteResult { bytes.withUnsafeBytes { write($0) } }

    /// One read's bytes; nil when there are none.
    func receive(_ capacity: Int = 16_384) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: capacity)
        guard case .bytes(let count) = buffer.withUnsafeMutableBytes({ read(into: $0) }) else { return nil }
        return Array(buffer.prefix(count))
    }

    /// One read, for its outcome.
    func readResult() -> TLSReadResult {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        return buffer.withUnsafeMutableBytes { read(into: $0) }
    }
}
