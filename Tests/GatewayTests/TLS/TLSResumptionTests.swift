import Glibc
import Testing

@testable import Gateway

@Suite("TLS resumption", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSResumptionTests {
    private func connect(
        _ contexts: (client: TLSClientContext, server: TLSServerContext), name: String = "example.test"
    ) throws -> TLSPair {
        let pair = try TLSPair(contexts.client, contexts.server, name: name)
        try pair.establish()
        #expect(pair.client.wasResumed == pair.server.wasResumed)
        return pair
    }

    @Test("the second session of a name is resumed, however the first ended", arguments: TLSVersion.allCases)
    func second(_ version: TLSVersion) throws {
        let contexts = try TLSPair.standard { _, client in client.maximumVersion = version }
        #expect(!(try connect(contexts).client.wasResumed))
        for _ in 0..<5 {
            let pair = try connect(contexts)
            #expect(pair.client.wasResumed)
            #expect(pair.client.version == version && pair.server.requestedServerName == "example.test")
            guard case .verified = pair.client.peer else { return #expect(Bool(false)) }
        }
        let one = try connect(contexts)
        #expect(one.client.shutdown() == .done && one.server.readResult() == .closed)
        #expect(try connect(contexts).client.wasResumed)
        #expect(!(try connect(contexts, name: "localhost").client.wasResumed), "tickets belong to a name")
        #expect(contexts.client.tickets?.count == 2)
    }

    @Test("sessions of the other certificates are resumed too", arguments: TLSVersion.allCases)
    func otherCertificate(_ version: TLSVersion) throws {
        let files = try TestCertificates.files()
        let contexts = try TLSPair.standard { server, client in
            server.identities.append(files.identity("other"))
            client.maximumVersion = version
        }
        #expect(!(try connect(contexts, name: "other.test").client.wasResumed))
        #expect(try connect(contexts, name: "other.test").client.wasResumed)
    }

    @Test("a new server context does not know old tickets, and the client goes on")
    func rotation() throws {
        let old = try TLSPair.standard()
        _ = try connect(old)
        let new = try TLSPair.standard().server
        #expect(!(try connect((old.client, new)).client.wasResumed))
        #expect(try connect((old.client, new)).client.wasResumed)
    }

    @Test("either side can do without", arguments: [true, false])
    func off(_ isServer: Bool) throws {
        for version in TLSVersion.allCases {
            let contexts = try TLSPair.standard { server, client in
                if isServer { server.resumesSessions = false } else { client.resumesSessions = false }
                client.maximumVersion = version
            }
            _ = try connect(contexts)
            #expect(!(try connect(contexts).client.wasResumed))
        }
    }

    @Test("a resumed session still tells who the client is", arguments: TLSVersion.allCases)
    func clientCertificate(_ version: TLSVersion) throws {
        let files = try TestCertificates.files()
        let contexts = try TLSPair.standard { server, client in
            server.clientCertificates = .required(authoritiesFile: files.authority)
            server.maximumVersion = version
            client.identity = files.identity("client")
        }
        let first = try connect(contexts)
        let second = try connect(contexts)
        #expect(second.server.wasResumed)
        #expect(second.server.peer == first.server.peer && second.server.peer != .anonymous)
    }

    @Test("a failed handshake drops the ticket it used")
    func dropped() throws {
        let contexts = try TLSPair.standard()
        _ = try connect(contexts)
        #expect(contexts.client.tickets?.count == 1)
        let pair = try TLSPair(contexts.client, contexts.server)
        #expect(pair.client.handshake() == .wantsRead)
        shutdown(pair.sockets.server, Int32(SHUT_WR))
        #expect(pair.client.handshake().kind == .endOfStream)
        #expect(contexts.client.tickets?.count == 0)
    }

    @Test("the store keeps no more names than its limit")
    func bounded() throws {
        let contexts = try TLSPair.standard()
        _ = try connect(contexts)
        let store = try #require(contexts.client.tickets)
        let ticket = try #require(store.ticket(for: "example.test"))
        for index in 0..<TLSTicketStore.maxNames + 10 { store.keep(ticket.pointer, for: "n\(index).test") }
        #expect(store.count == TLSTicketStore.maxNames)
        #expect(store.ticket(for: "n\(TLSTicketStore.maxNames + 9).test") != nil)
    }
}
