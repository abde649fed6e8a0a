import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("TLS with other programs", .enabled(if: TestCertificates.canBeMade, TestCertificates.absence))
struct TLSForeignPeerTests {
    private static let opensslPath = Tool.path(of: "openssl") ?? ""
    private static let curlPath = Tool.path(of: "curl") ?? ""

    /// Serves one connection that a program makes.
    private func serve(
        _ program: String, _ arguments: (Int) -> [String], options: TLSServerOptions,
        _ body: (TLSDriver) throws -> Void
    ) throws -> (status: Int32?, output: String, error: String) {
        signal(SIGPIPE, SIG_IGN)
        let (listener, port) = try Loopback.listen()
        defer { close(listener) }
        let context = try TLSServerContext(options)
        let child = try ChildProcess(program, arguments(port))
        let descriptor = try #require(TLSDriver.accept(listener))
        defer { close(descriptor) }
        try body(TLSDriver(session: try context.session(descriptor: descriptor), descriptor: descriptor))
        return (child.wait(within: 20), child.standardOutput, child.standardError)
    }

    @Test("openssl s_client verifies our server", arguments: TLSVersion.allCases)
    func sClient(_ version: TLSVersion) throws {
        let files = try TestCertificates.files()
        let arguments = { (port: Int) in
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "other.test", "-CAfile", files.authority,
                "-verify_return_error", "-verify_hostname", "other.test", "-alpn", "http/1.1,h2", "-ign_eof",
                version == .tls13 ? "-tls1_3" : "-tls1_2",
            ]
        }
        let options = TLSServerOptions(identities: ["example", "other"].map { files.identity($0) })
        let run = try serve(Self.opensslPath, arguments, options: options) { driver in
            #expect(driver.handshake() == nil)
            #expect(driver.session.applicationProtocol == .http2)
            #expect(driver.send("hello from us\n"))
            #expect(driver.session.shutdown() == .done)
        }
        #expect(run.status == 0, "\(run.error)")
        #expect(run.output.contains("hello from us") && run.output.contains("ALPN protocol: h2"))
        #expect(run.output.contains("Verify return code: 0 (ok)"))
        #expect(run.output.contains("Secure Renegotiation IS supported") == (version == .tls12))
        #expect(run.output.contains("Compression: NONE"))
    }

    @Test("TLS 1.1 and weak ciphers are refused")
    func weak() throws {
        let files = try TestCertificates.files()
        let options = TLSServerOptions(identities: [files.identity("rsa")])
        for (extra, kind) in [
            (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], TLSFailure.Kind.version),
            (["-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"], .noSharedCipher),
        ] {
            let arguments = { (port: Int) in ["s_client", "-connect", "127.0.0.1:\(port)"] + extra }
            let run = try serve(Self.opensslPath, arguments, options: options) { driver in
                #expect(driver.handshake()?.kind == kind)
            }
            #expect(run.status != 0)
        }
    }

    @Test("a client that renegotiates gets none")
    func renegotiation() throws {
        let files = try TestCertificates.files()
        let script = "(sleep 0.3; echo R; sleep 0.3; echo Q) | \(Self.opensslPath) s_client -tls1_2 -connect 127.0.0.1:"
        let options = TLSServerOptions(identities: [files.identity("example")])
        let run = try serve("/bin/sh", { ["-c", "\(script)\($0)"] }, options: options) { driver in
            #expect(driver.handshake() == nil)
            let end = driver.receive()
            #expect(end.text.isEmpty)
            // s_client gives up over the refusal: the end may come in order or not.
            #expect(end.end != .wantsRead, "\(end.end)")
        }
        #expect(run.error.contains("no renegotiation"), "\(run.error)")
    }

    @Test(
        "curl verifies our server and shows its certificate",
        .enabled(if: Tool.path(of: "curl") != nil, "curl is not installed"))
    func curl() throws {
        let files = try TestCertificates.files()
        var options = TLSServerOptions(identities: [files.identity("example")], protocols: [.http11])
        options.clientCertificates = .required(authoritiesFile: files.authority)
        let client = files.identity("client")
        let arguments = { (port: Int) in
            [
                "-sS", "--max-time", "10", "--noproxy", "*", "--cacert", files.authority, "--cert", client.chainFile,
                "--key", client.keyFile, "https://localhost:\(port)/path", "--resolve", "localhost:\(port):127.0.0.1",
            ]
        }
        let run = try serve(Self.curlPath, arguments, options: options) { driver in
            #expect(driver.handshake() == nil)
            #expect(driver.session.applicationProtocol == .http11)
            #expect(driver.session.requestedServerName == "localhost")
            guard case .verified = driver.session.peer else { return #expect(Bool(false)) }
            #expect(driver.receive(until: "\r\n\r\n").text.hasPrefix("GET /path HTTP/1.1\r\n"))
            #expect(driver.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"))
            #expect(driver.session.shutdown() == .done)
        }
        #expect(run.status == 0 && run.output == "ok\n", "\(run.error)")
    }

    @Test("our client verifies openssl s_server and resumes", arguments: TLSVersion.allCases)
    func sServer(_ version: TLSVersion) throws {
        signal(SIGPIPE, SIG_IGN)
        let files = try TestCertificates.files()
        let port = try Loopback.freePort()
        let identity = files.identity("example")
        let server = try ChildProcess(
            Self.opensslPath,
            [
                "s_server", "-accept", "127.0.0.1:\(port)", "-cert", identity.chainFile, "-key", identity.keyFile,
                "-www", "-alpn", "http/1.1", version == .tls13 ? "-tls1_3" : "-tls1_2",
            ])
        let context = try TLSClientContext(TLSClientOptions(authoritiesFile: files.authority))
        for index in 0..<3 {
            let descriptor = try connect(port)
            defer { close(descriptor) }
            SocketPair.unblock(descriptor)
            let session = try context.session(descriptor: descriptor, serverName: "127.0.0.1")
            let driver = TLSDriver(session: session, descriptor: descriptor)
            #expect(driver.handshake() == nil)
            #expect(session.applicationProtocol == .http11 && session.version == version)
            #expect(session.wasResumed == (index > 0))
            #expect(driver.send("GET / HTTP/1.0\r\n\r\n"))
            let answer = driver.receive()
            #expect(answer.text.hasPrefix("HTTP/1.0 200 ok\r\n") && answer.end == .closed)
            #expect(session.shutdown() == .done)
        }
        withExtendedLifetime(server) {}
    }

    /// The server needs a moment to start.
    private func connect(_ port: Int) throws -> Int32 {
        var descriptor: Int32?
        _ = eventually(within: 10) {
            descriptor = try? Loopback.connect(port: port)
            return descriptor != nil
        }
        return try #require(descriptor)
    }
}
