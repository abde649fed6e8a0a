import Foundation
import TestSupport
import Testing

@Suite(
    "TLS and HTTP/2, towards clients and towards cells",
    .enabled(if: TestCertificate.isPossible && Tool.path(of: "curl") != nil, "openssl and curl are needed"))
struct SecureListenerTests {
    private let folder: TemporaryDirectory
    private let certificate: TestCertificate
    private let tlsPort: Int

    init() throws {
        folder = try TemporaryDirectory("secure")
        certificate = try TestCertificate("first", in: folder)
        tlsPort = try Loopback.freePort()
    }

    private var listener: String {
        """
        tls:
          listen: 127.0.0.1:\(tlsPort)
          certificates: [{ chain: "\(certificate.chain)", key: "\(certificate.key)" }]

        """
    }

    private func secure(_ path: String, _ arguments: [String] = []) throws -> String {
        try curl(["--cacert", certificate.chain, "https://localhost:\(tlsPort)\(path)"] + arguments)
    }

    private static let version = ["-w", " %{http_version}"]

    @Test("a client gets HTTP/2 or HTTP/1.1 over TLS, and HTTP/2 with prior knowledge without")
    func versions() throws {
        let cell = try HTTPStub { request in
            .status(200, body: Array("\(request.header("x-forwarded-proto") ?? "-")".utf8))
        }
        defer { cell.stop() }
        let gateway = try GatewayProcess(listener + GatewayProcess.cells(["erp": cell.port]))
        #expect(try secure("/api/v1/erp/a", Self.version) == "https 2")
        #expect(try secure("/api/v1/erp/a", Self.version + ["--http1.1"]) == "https 1.1")
        #expect(try secure("/api/v1/erp/a", Self.version + ["--tls-max", "1.2"]) == "https 2")
        let plain = "http://127.0.0.1:\(gateway.port)/api/v1/erp/a"
        #expect(try curl(Self.version + ["--http2-prior-knowledge", plain]) == "http 2")
        #expect(try secure("/api/v1/none/a", ["-o", "/dev/null", "-w", "%{http_code}"]) == "404")
        let metrics = try gateway.metrics()
        #expect(metrics.sum("gateway_tls_handshakes_total") == 4)
        #expect(metrics.sum("gateway_tls_not_after_timestamp_seconds") > 1_700_000_000)
    }

    @Test("fields that are short and many, which grow when they become lines of text, fit all the same")
    func shortFields() throws {
        let cell = try HTTPStub { .status(200, body: Array("\($0.headers.count { $0.name.hasPrefix("f") })".utf8)) }
        defer { cell.stop() }
        let gateway = try GatewayProcess(listener + GatewayProcess.cells(["erp": cell.port]))
        let letters = Array("abcdefghij")
        let fields = letters.flatMap { first in letters.prefix(9).flatMap { ["-H", "f\(first)\($0);"] } }
        #expect(try secure("/api/v1/erp/a", ["--http2"] + fields) == "90")
        let plain = "http://127.0.0.1:\(gateway.port)/api/v1/erp/a"
        #expect(try curl(["--http2-prior-knowledge", plain] + fields) == "90")
        #expect(try curl([plain] + fields) == "90")
        let cookies = (0..<40).flatMap { ["-H", "Cookie: c\($0)=\($0)"] }
        #expect(try secure("/api/v1/erp/a", ["--http2", "-o", "/dev/null", "-w", "%{http_code}"] + cookies) == "200")
        #expect(cell.requests.last?.header("cookie")?.hasPrefix("c0=0; c1=1; ") == true)
        #expect(
            try secure("/api/v1/erp/a", ["-H", "big: \(String(repeating: "x", count: 9_000))", "-w", "%{http_code}"])
                .hasSuffix("431"))
        #expect(
            try secure("/api/v1/erp/\(String(repeating: "x", count: 9_000))", ["-w", "%{http_code}"]).hasSuffix("414"))
    }

    @Test("bodies of three megabytes pass both ways in every pair of versions")
    func bodies() throws {
        let body = folder.file("body")
        try Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(fileURLWithPath: body))
        let cell = try HTTPStub { .status(200, body: $0.body) }
        defer { cell.stop() }
        let gateway = try GatewayProcess(listener + GatewayProcess.cells(["erp": cell.port]))
        for arguments in [["--http1.1"], ["--http2"], ["--http2", "-H", "Transfer-Encoding: chunked"]] {
            let answer = folder.file("answer")
            _ = try secure("/api/v1/erp/a", arguments + ["--data-binary", "@\(body)", "-o", answer])
            #expect(FileManager.default.contentsEqual(atPath: answer, andPath: body), "\(arguments)")
        }
        #expect(eventually { gateway.accessLines.count == 3 })
    }

    @Test("a new certificate is served without a restart, and a wrong one changes nothing")
    func certificates() throws {
        let cell = try HTTPStub { _ in .status(200) }
        defer { cell.stop() }
        let gateway = try GatewayProcess(listener + GatewayProcess.cells(["erp": cell.port]))
        func served() throws -> String {
            let probe = ["s_client", "-connect", "127.0.0.1:\(tlsPort)", "-servername", "localhost"]
            let openssl = try #require(Tool.path(of: "openssl"))
            let script =
                "\(openssl) \(probe.joined(separator: " ")) </dev/null 2>/dev/null | \(openssl) x509 -noout -subject"
            return try ChildProcess.run("/bin/sh", ["-c", script]).output
        }
        #expect(try served().contains("first"))
        try folder.write("not a certificate", to: "first.pem")
        #expect(try eventually(within: 20) { try gateway.metrics().sum("gateway_config_last_reload_successful") == 0 })
        #expect(try served().contains("first"))
        let second = try TestCertificate("second", in: folder)
        for (from, to) in [(second.key, certificate.key), (second.chain, certificate.chain)] {
            #expect(rename(from, to) == 0)
        }
        #expect(try eventually(within: 20) { try served().contains("second") })
        #expect(try gateway.metrics().sum("gateway_config_last_reload_successful") == 1)
        #expect(
            eventually {
                let log = (try? String(contentsOfFile: gateway.accessLogFile, encoding: .utf8)) ?? ""
                return log.contains(
                    #""message":"configuration reloaded","logger":"gateway","fields":{"applied":"tls.c"#)
            })
    }

    @Test(
        "cells are spoken to by TLS and by HTTP/2, and a certificate that nobody signed is refused",
        .enabled(if: Tool.path(of: "nginx") != nil, "nginx isn't installed"))
    func cells() throws {
        let ports = try (0..<2).map { _ in try Loopback.freePort() }
        let nginx = try nginx(plain: ports[0], secure: ports[1])
        defer { nginx.terminate() }
        let trusted = "tls: { authorities: \"\(certificate.chain)\", server_name: localhost }"
        let gateway = try GatewayProcess(
            """
            cells:
              - { name: h2c, upstreams: ["http://127.0.0.1:\(ports[0])"], protocol: http2 }
              - { name: tls1, upstreams: ["https://127.0.0.1:\(ports[1])"], \(trusted) }
              - { name: tls2, upstreams: ["https://127.0.0.1:\(ports[1])"], protocol: http2, \(trusted) }
              - { name: stranger, upstreams: ["https://127.0.0.1:\(ports[1])"] }

            """)
        #expect(eventually { (try? gateway.send("GET", "/api/v1/h2c/x").text) == "HTTP/2.0 " })
        #expect(try gateway.send("GET", "/api/v1/tls1/x").text == "HTTP/1.1 on")
        #expect(try gateway.send("GET", "/api/v1/tls2/x").text == "HTTP/2.0 on")
        let refused = try gateway.send("GET", "/api/v1/stranger/x")
        #expect(refused.status == 502)
        #expect(refused.failure?.code == "UPSTREAM_UNAVAILABLE")
    }

    private func nginx(plain: Int, secure: Int) throws -> ChildProcess {
        let root = getuid() == 0 ? "user root;" : ""
        let configuration = try folder.write(
            """
            daemon off; \(root) worker_processes 1; pid \(folder.file("nginx.pid")); error_log \(folder.file("error")) crit;
            events { worker_connections 64; }
            http {
                access_log off;
                server {
                    listen 127.0.0.1:\(plain) http2;
                    location / { default_type text/plain; return 200 "$server_protocol $https"; }
                }
                server {
                    listen 127.0.0.1:\(secure) ssl http2;
                    ssl_certificate \(certificate.chain); ssl_certificate_key \(certificate.key);
                    location / { default_type text/plain; return 200 "$server_protocol $https"; }
                }
            }

            """, to: "nginx.conf")
        guard let path = Tool.path(of: "nginx") else { throw Absent(what: "nginx isn't installed") }
        return try ChildProcess(path, ["-p", folder.path, "-c", configuration])
    }
}
