import Testing

@testable import Gateway

@Suite("TLS server names", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSServerNameTests {
    private func server(_ change: (inout TLSServerOptions) -> Void = { _ in }) throws -> TLSServerContext {
        let files = try TestCertificates.files()
        var options = TLSServerOptions(identities: ["example", "other", "exact"].map { files.identity($0) })
        change(&options)
        return try TLSServerContext(options)
    }

    /// The subject of the certificate that a client sees.
    private func served(_ name: String, by server: TLSServerContext, version: TLSVersion = .tls13) throws -> String {
        var options = TLSClientOptions(skipsVerification: true)
        options.maximumVersion = version
        let pair = try TLSPair(try TLSClientContext(options), server, name: name)
        try pair.establish()
        switch pair.client.peer {
        case .anonymous: return ""
        case .verified(let certificate), .unverified(let certificate, _): return certificate.subject
        }
    }

    @Test("the exact name wins, then the wildcard, then the first certificate", arguments: TLSVersion.allCases)
    func choice(_ version: TLSVersion) throws {
        let server = try server()
        for (name, subject) in [
            ("example.test", "CN=example"), ("other.test", "CN=other"), ("a.wild.test", "CN=other"),
            ("EXACT.wild.test", "CN=exact"), ("a.b.wild.test", "CN=example"), ("wild.test", "CN=example"),
            ("unknown.test", "CN=example"), ("127.0.0.1", "CN=example"), ("other.test.", "CN=other"),
        ] {
            #expect(try served(name, by: server, version: version) == subject, "\(name)")
        }
    }

    @Test("names of the configuration replace those of the certificate")
    func configured() throws {
        let files = try TestCertificates.files()
        let server = try server { options in
            options.identities[1] = files.identity("other", serverNames: ["*.given.test"])
        }
        #expect(try served("a.given.test", by: server) == "CN=other")
        #expect(try served("other.test", by: server) == "CN=example")
        #expect(server.certificates[1].serverNames == ["*.given.test"])
    }

    @Test("the other certificates keep protocols and client certificates")
    func settings() throws {
        let files = try TestCertificates.files()
        let server = try server { $0.clientCertificates = .required(authoritiesFile: files.authority) }
        var options = TLSClientOptions(authoritiesFile: files.authority)
        options.protocols = [.http11, .http2]
        options.identity = files.identity("client")
        let pair = try TLSPair(try TLSClientContext(options), server, name: "other.test")
        try pair.establish()
        #expect(pair.server.applicationProtocol == .http2)
        guard case .verified = pair.server.peer else { return #expect(Bool(false)) }

        options.identity = files.identity("impostor")
        let refused = try TLSPair(try TLSClientContext(options), server, name: "other.test").handshake()
        #expect(refused.server.kind == .certificate)
    }

    @Test("a table finds the exact entry, then the parent's wildcard")
    func table() {
        var table = ServerNameTable<Int>()
        let added = [("A.test", 1), ("*.test", 2), ("a.test", 3)].map { table.add($0.0, $0.1) }
        #expect(added == [true, true, true])
        for bad in ["", ".", "*", "*.", "a.*.test", "*.*.test", "a b", "a..b", ".a", "a\u{0}b", "ä.test"] {
            let isAdded = table.add(bad, 4)
            #expect(!isAdded, "\(bad)")
        }
        #expect(table.find("a.TEST.") == 1 && table.find("b.test") == 2)
        #expect(table.find("test") == nil && table.find("b.c.test") == nil && table.find("") == nil)
    }
}
