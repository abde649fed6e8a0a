import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("TLS contexts", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSContextErrorTests {
    private func error(_ chain: String, _ key: String) throws -> TLSError? {
        let files = try TestCertificates.files()
        let identity = TLSIdentity(chainFile: files.path(chain), keyFile: files.path(key))
        return #expect(throws: TLSError.self) { try TLSServerContext(TLSServerOptions(identities: [identity])) }
    }

    @Test(
        "errors say which file and what is wrong with it",
        arguments: [
            ("absent.pem", "example.key", TLSError.Kind.unreadable, "absent.pem", "no such file or directory"),
            ("example.pem", "absent.key", .unreadable, "absent.key", "no such file or directory"),
            (".", "example.key", .unreadable, ".", "not a regular file"),
            ("text.pem", "example.key", .notPEM, "text.pem", "the file holds no certificate in PEM"),
            ("example.key", "example.key", .notPEM, "example.key", "the file holds no certificate in PEM"),
            ("example.pem", "text.pem", .notPEM, "text.pem", "the file holds no private key in PEM"),
            ("example.pem", "example.pem", .notPEM, "example.pem", "the file holds no private key in PEM"),
            ("damaged.pem", "example.key", .refused, "damaged.pem", "OpenSSL refuses the certificate: "),
            ("example.pem", "damaged.key", .notPEM, "damaged.key", "the file holds no private key in PEM, or one"),
            ("weak.pem", "weak.key", .refused, "weak.pem", "OpenSSL refuses the certificate: ee key too small"),
            ("example.pem", "other.key", .keyMismatch, "other.key", "the private key does not belong to the certi"),
            ("example.pem", "rsa.key", .keyMismatch, "rsa.key", "the private key does not belong to the certificate"),
            ("example.pem", "pkcs8.key", .encryptedKey, "pkcs8.key", "the private key needs a passphrase; decrypt it"),
            ("example.pem", "traditional.key", .encryptedKey, "traditional.key", "the private key needs a passphrase"),
        ])
    func files(_ chain: String, _ key: String, _ kind: TLSError.Kind, _ file: String, _ message: String) throws {
        let error = try #require(try error(chain, key))
        #expect(error.kind == kind, "\(error)")
        #expect(error.path == (try TestCertificates.files().path(file)))
        #expect(error.message.hasPrefix(message), "\(error)")
    }

    @Test("a file of authorities without one is an error", arguments: ["text.pem", "absent.pem", "damaged.pem"])
    func authorities(_ name: String) throws {
        let files = try TestCertificates.files()
        let path = files.path(name)
        let client = #expect(throws: TLSError.self) { try TLSClientContext(TLSClientOptions(authoritiesFile: path)) }
        #expect(client?.path == path)
        var options = TLSServerOptions(identities: [files.identity("example")])
        options.clientCertificates = .required(authoritiesFile: path)
        let server = #expect(throws: TLSError.self) { try TLSServerContext(options) }
        #expect(server == client)
        let kinds = ["text.pem": TLSError.Kind.notPEM, "absent.pem": .unreadable, "damaged.pem": .refused]
        #expect(client?.kind == kinds[name], "\(client.map { $0.description } ?? "")")
    }

    @Test("options that make no sense are errors")
    func options() throws {
        let files = try TestCertificates.files()
        #expect(throws: TLSError(kind: .invalidOptions, message: "a TLS listener needs a certificate")) {
            try TLSServerContext(TLSServerOptions(identities: []))
        }
        var options = TLSServerOptions(identities: [files.identity("example", serverNames: ["a b"])])
        let error = #expect(throws: TLSError.self) { try TLSServerContext(options) }
        #expect(error?.kind == .invalidName)
        #expect(error?.message == "\"a b\" is no server name (exact, or *.example.com)")
        options = TLSServerOptions(
            identities: [files.identity("example")], minimumVersion: .tls13, maximumVersion: .tls12)
        #expect(throws: TLSError.self) { try TLSServerContext(options) }
    }

    @Test("a context tells of its certificates; expired ones are warnings")
    func accessors() throws {
        let files = try TestCertificates.files()
        let server = try TLSServerContext(
            TLSServerOptions(identities: ["example", "expired"].map { files.identity($0) }))
        let now = Int64(Date().timeIntervalSince1970)
        let first = server.certificates[0]
        #expect(first.path == files.path("example.pem"))
        #expect(first.certificate.subject == "CN=example")
        let names: [TLSCertificateName] = [
            .dns("example.test"), .dns("localhost"), .address("127.0.0.1"), .address("::1"),
        ]
        #expect(first.certificate.names == names)
        #expect(first.serverNames == ["example.test", "localhost"])
        #expect(abs(first.certificate.notAfterSeconds - now - 10 * 86_400) < 600)
        let expired = server.certificates[1].certificate.notAfterSeconds
        let warnings = server.warnings(atSeconds: expired + 7)
        #expect(warnings.map(\.path).contains(files.path("expired.pem")))
        #expect(warnings.last?.description.hasSuffix("the certificate expired 7 seconds ago") == true)
        #expect(server.warnings(atSeconds: 0).count == 2)
        #expect(server.warnings(atSeconds: now).map(\.path) == [files.path("expired.pem")])
    }

    @Test("one file may hold the key and the certificate")
    func combined() throws {
        let path = try TestCertificates.files().path("combined.pem")
        let contexts = try TLSPair.standard { server, _ in
            server.identities = [TLSIdentity(chainFile: path, keyFile: path)]
        }
        try TLSPair(contexts.client, contexts.server).establish()
    }

    @Test("the fingerprint of the files changes with a write, a replacement, a link and a removal")
    func fingerprint() throws {
        let folder = try TemporaryDirectory("tls")
        let files = WatchedFiles(paths: [folder.file("a"), folder.file("b")])
        var seen: Set<WatchedFiles.Fingerprint> = [files.fingerprint]
        try folder.write("1", to: "a")
        #expect(seen.insert(files.fingerprint).inserted)
        #expect(!seen.insert(files.fingerprint).inserted)
        try folder.write("22", to: "a")
        #expect(seen.insert(files.fingerprint).inserted)
        symlink(folder.file("a"), folder.file("b"))
        #expect(seen.insert(files.fingerprint).inserted)
        try folder.write("33", to: "new")
        rename(folder.file("new"), folder.file("a"))
        #expect(seen.insert(files.fingerprint).inserted)
        unlink(folder.file("a"))
        // As at first: neither is there.
        #expect(!seen.insert(files.fingerprint).inserted)
    }

    @Test("options name all their files")
    func optionFiles() {
        let identity = TLSIdentity(chainFile: "a", keyFile: "b")
        var server = TLSServerOptions(identities: [identity])
        server.clientCertificates = .optional(authoritiesFile: "c")
        #expect(server.files == ["a", "b", "c"])
        #expect(TLSClientOptions(authoritiesFile: "c", identity: identity).files == ["a", "b", "c"])
    }
}
