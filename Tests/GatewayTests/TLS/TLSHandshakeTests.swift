import Testing

@testable import Gateway

@Suite("TLS handshakes", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSHandshakeTests {
    @Test("each version is spoken", arguments: TLSVersion.allCases)
    func versions(_ version: TLSVersion) throws {
        let contexts = try TLSPair.standard { _, client in
            client.minimumVersion = version
            client.maximumVersion = version
        }
        let pair = try TLSPair(contexts.client, contexts.server)
        #expect(!pair.server.isEstablished)
        try pair.establish()
        #expect(pair.client.version == version && pair.server.version == version)
        #expect(pair.server.isEstablished && !pair.server.wasResumed)
        #expect(pair.server.requestedServerName == "example.test")
        let cipher = version == .tls13 ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256"
        #expect(pair.server.cipher == cipher && pair.client.cipher == cipher)
        #expect(pair.server.peer == .anonymous)
        guard case .verified(let certificate) = pair.client.peer else { return #expect(Bool(false)) }
        #expect(certificate.subject == "CN=example")
    }

    @Test("an RSA certificate serves too", arguments: TLSVersion.allCases)
    func rsa(_ version: TLSVersion) throws {
        let files = try TestCertificates.files()
        let contexts = try TLSPair.standard { server, _ in
            server.identities = [files.identity("rsa")]
            server.minimumVersion = version
            server.maximumVersion = version
        }
        try TLSPair(contexts.client, contexts.server, name: "rsa.test").establish()
    }

    @Test("a client that is too old is told so")
    func tooOld() throws {
        let contexts = try TLSPair.standard { server, client in
            server.minimumVersion = .tls13
            client.maximumVersion = .tls12
        }
        let results = try TLSPair(contexts.client, contexts.server).handshake()
        #expect(results.server.kind == .version)
        #expect(results.server.reason == "unsupported protocol")
        #expect(results.client.reason == "protocol version alert")
    }

    @Test("the server's order of protocols decides")
    func preference() throws {
        for (offered, served, expected) in [
            ([ALPNProtocol.http11, .http2], [ALPNProtocol.http2, .http11], ALPNProtocol.http2),
            ([.http2, .http11], [.http11, .http2], .http11),
            ([.http11], [.http2, .http11], .http11),
            ([.http2], [.http2], .http2),
        ] {
            let contexts = try TLSPair.standard { server, client in
                server.protocols = served
                client.protocols = offered
            }
            let pair = try TLSPair(contexts.client, contexts.server)
            try pair.establish()
            #expect(pair.server.applicationProtocol == expected && pair.client.applicationProtocol == expected)
        }
    }

    @Test("no protocol in common is a fatal alert")
    func noOverlap() throws {
        let contexts = try TLSPair.standard { server, client in
            server.protocols = [.http2]
            client.protocols = [.http11]
        }
        let results = try TLSPair(contexts.client, contexts.server).handshake()
        #expect(results.server.kind == .noSharedProtocol)
        #expect(results.server.reason == "no application protocol")
        #expect(results.client.kind == .alert)
        #expect(results.client.reason == "no application protocol alert")
    }

    @Test("without ALPN on either side the session has no protocol and works")
    func noProtocols() throws {
        for isServer in [true, false] {
            let contexts = try TLSPair.standard { server, client in
                if isServer { server.protocols = [] } else { client.protocols = [] }
            }
            let pair = try TLSPair(contexts.client, contexts.server)
            try pair.establish()
            #expect(pair.server.applicationProtocol == nil && pair.client.applicationProtocol == nil)
        }
    }

    @Test("the wire form of a list has a length and each protocol once")
    func wire() {
        #expect(ALPNProtocol.wire([.http2, .http11, .http2]) == [12, 2] + Array("h2".utf8) + [8] + "http/1.1".utf8)
        #expect(ALPNProtocol.wire([]) == [0])
    }

    @Test("old sessions outlive their context's replacement")
    func contextIsKept() throws {
        let pair = try {
            let contexts = try TLSPair.standard()
            return try TLSPair(contexts.client, contexts.server)
        }()
        try pair.establish()
    }
}
