import Testing

@testable import Gateway

@Suite("TLS client certificates", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSClientCertificateTests {
    private func meet(
        _ certificate: String?, version: TLSVersion = .tls13, _ policy: (String) -> ClientCertificatePolicy
    ) throws -> (results: (client: TLSHandshakeResult, server: TLSHandshakeResult), pair: TLSPair) {
        let files = try TestCertificates.files()
        let contexts = try TLSPair.standard { server, client in
            server.clientCertificates = policy(files.authority)
            server.maximumVersion = version
            client.identity = certificate.map { files.identity($0) }
        }
        let pair = try TLSPair(contexts.client, contexts.server)
        return (pair.handshake(), pair)
    }

    @Test("a good certificate tells who the client is", arguments: TLSVersion.allCases)
    func good(_ version: TLSVersion) throws {
        for policy in [ClientCertificatePolicy.required, ClientCertificatePolicy.optional] {
            let (results, pair) = try meet("client", version: version, policy)
            #expect(results == (.done, .done))
            guard case .verified(let client) = pair.server.peer else { return #expect(Bool(false)) }
            #expect(client.subject == #"CN=client \"one\",O=Gatehouse"#)
            #expect(client.names == [.dns("client.test"), .uri("spiffe://test/client"), .email("a@b.test")])
        }
    }

    @Test("none is refused where one is required", arguments: TLSVersion.allCases)
    func absent(_ version: TLSVersion) throws {
        let (results, pair) = try meet(nil, version: version, ClientCertificatePolicy.required)
        #expect(results.server.kind == .certificate)
        #expect(results.server.reason == "peer did not return a certificate")
        // With TLS 1.3 a client is done before the server looks; it learns of it by the first read.
        let expected = version == .tls13 ? "certificate required alert" : "handshake failure alert"
        guard version == .tls13 else { return #expect(results.client.reason == expected) }
        guard case .failed(let failure) = pair.client.readResult() else { return #expect(Bool(false)) }
        #expect(failure.description == expected)
    }

    @Test("none passes where it is optional")
    func optional() throws {
        let (results, pair) = try meet(nil, ClientCertificatePolicy.optional)
        #expect(results == (.done, .done))
        #expect(pair.server.peer == .anonymous)
    }

    @Test("a bad one is refused, even where none would do", arguments: ["impostor", "expired"])
    func bad(_ certificate: String) throws {
        for policy in [ClientCertificatePolicy.required, ClientCertificatePolicy.optional] {
            let (results, _) = try meet(certificate, policy)
            #expect(results.server.kind == .certificate)
            #expect(results.server.reason.hasPrefix("certificate verify failed: "))
        }
    }

    @Test("a bad one passes and is reported where that is wanted")
    func reported() throws {
        let (results, pair) = try meet("impostor", ClientCertificatePolicy.reported)
        #expect(results == (.done, .done))
        guard case .unverified(let client, let reason) = pair.server.peer else { return #expect(Bool(false)) }
        #expect(client.subject == "CN=impostor")
        #expect(reason.contains("certificate"))
        #expect(try meet("client", ClientCertificatePolicy.reported).pair.server.peer != .anonymous)
        #expect(try meet(nil, ClientCertificatePolicy.reported).pair.server.peer == .anonymous)
    }

    @Test("a client's certificate is not asked for by default")
    func unasked() throws {
        let (results, pair) = try meet("client") { _ in .none }
        #expect(results == (.done, .done))
        #expect(pair.server.peer == .anonymous)
    }
}
