import Testing

@testable import Gateway

@Suite("TLS verification of servers", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSVerificationTests {
    /// What both sides say when a client with these options meets a certificate.
    private func meet(
        _ certificate: String, name: String = "example.test", _ change: (inout TLSClientOptions) throws -> Void
    ) throws -> (client: TLSHandshakeResult, server: TLSHandshakeResult, pair: TLSPair) {
        let files = try TestCertificates.files()
        var options = TLSClientOptions(authoritiesFile: files.authority)
        try change(&options)
        let server = try TLSServerContext(TLSServerOptions(identities: [files.identity(certificate)]))
        let pair = try TLSPair(try TLSClientContext(options), server, name: name)
        let results = pair.handshake()
        return (results.client, results.server, pair)
    }

    @Test("host names and addresses are compared", arguments: ["localhost", "127.0.0.1", "::1", "Example.TEST."])
    func goodName(_ name: String) throws {
        let result = try meet("example", name: name) { _ in }
        #expect(result.client == .done)
        let isName = !ServerName.isAddress(name)
        #expect(result.pair.server.requestedServerName == (isName ? ServerName.normalized(name) : nil))
    }

    @Test(
        "a certificate for something else is refused",
        arguments: zip(["wrong.test", "127.0.0.2", "sub.example.test"], ["hostname", "IP address", "hostname"]))
    func wrongName(_ name: String, _ what: String) throws {
        let result = try meet("example", name: name) { _ in }
        #expect(result.client.kind == .certificate)
        #expect(result.client.reason == "certificate verify failed: \(what) mismatch")
        #expect(result.server.kind == .alert)
    }

    @Test("an expired certificate is refused")
    func expired() throws {
        let result = try meet("expired") { _ in }
        #expect(result.client.reason == "certificate verify failed: certificate has expired")
        #expect(result.server.reason == "certificate expired alert")
    }

    @Test("an authority that is not trusted is refused, by the system's list too", arguments: [true, false])
    func stranger(_ isSystem: Bool) throws {
        let files = try TestCertificates.files()
        let result = try meet("example") { $0.authoritiesFile = isSystem ? nil : files.path("stranger.pem") }
        #expect(result.client.reason == "certificate verify failed: unable to get local issuer certificate")
        #expect(result.server.reason == "unknown ca alert")
    }

    @Test("a self-signed certificate passes only where it is trusted itself")
    func selfSigned() throws {
        let files = try TestCertificates.files()
        let refused = try meet("stranger", name: "stranger.test") { _ in }
        #expect(refused.client.reason == "certificate verify failed: self-signed certificate")
        // The chain is good now; the subject's common name is no host name.
        let named = try meet("stranger", name: "stranger") { $0.authoritiesFile = files.path("stranger.pem") }
        #expect(named.client.reason == "certificate verify failed: hostname mismatch")
        let result = try meet("stranger", name: "stranger.test") { $0.authoritiesFile = files.path("stranger.pem") }
        #expect(result.client == .done)
    }

    @Test("insecure_skip_verify lets all pass and still tells")
    func skipped() throws {
        let wrong = try meet("example", name: "wrong.test") { $0.skipsVerification = true }
        #expect(wrong.client == .done)
        guard case .unverified(let certificate, let reason) = wrong.pair.client.peer else {
            return #expect(Bool(false))
        }
        #expect(certificate.subject == "CN=example" && reason == "hostname mismatch")
        #expect(try meet("expired") { $0.skipsVerification = true }.client == .done)
    }

    @Test(
        "what is no name is refused before a byte is sent",
        arguments: ["", ".", "*.test", "a b", "example.test\u{0}.evil", "127.0.0.1\u{0}", "exämple.test", "a/b"])
    func noName(_ name: String) throws {
        let contexts = try TLSPair.standard()
        let sockets = try SocketPair()
        let error = #expect(throws: TLSError.self) {
            try contexts.client.session(descriptor: sockets.client, serverName: name)
        }
        #expect(error?.kind == .invalidName)
    }
}
