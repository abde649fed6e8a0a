import StrictYAML
import Testing

@testable import Gateway

@Suite struct ConfigurationReadingTests {
    static let example = """
        listen: 0.0.0.0:8080
        ops: { listen: 127.0.0.1:9464 }
        tenancy: { required: true, header: X-Tenant-Id }
        access_log: { path: /var/log/gatehouse/access.jsonl }
        cells:
          - name: erp
            upstreams: ["http://127.0.0.1:9001", "http://127.0.0.1:9002"]
            health: { path: /health, interval: 5s }
        rules:
          files: ["deploy/monitoring/alerts.example.yaml"]
          interval: 15s
          scrape: ["http://127.0.0.1:9465/metrics"]
        """

    @Test func `the documented example is read`() throws {
        let configuration = try GatewayConfiguration.parse(Self.example, file: "gateway.yaml")
        #expect(configuration.dataPlane.tenancy.required)
        #expect(configuration.log.path == "/var/log/gatehouse/access.jsonl")
        #expect(
            configuration.cells == [
                CellDefinition(
                    name: "erp",
                    upstreams: [
                        UpstreamAddress(url: "http://127.0.0.1:9001", host: "127.0.0.1", port: 9_001),
                        UpstreamAddress(url: "http://127.0.0.1:9002", host: "127.0.0.1", port: 9_002),
                    ],
                    health: HealthCheck(path: "/health"))
            ])
        #expect(configuration.rules.scrape.map(\.url.instance) == ["127.0.0.1:9465"])
        #expect(configuration.rules.scrape.map(\.job) == ["log-shipper"])
        #expect(configuration.governance.mode == .none)
    }

    @Test func `nothing at all is the documented defaults`() throws {
        #expect(try GatewayConfiguration.parse("", file: "gateway.yaml") == GatewayConfiguration())
        #expect(try GatewayConfiguration.load(path: nil, environment: [:]) == GatewayConfiguration())
    }

    @Test func `an IPv6 listener is written in brackets`() throws {
        let configuration = try GatewayConfiguration.parse("listen: \"[::1]:8080\"", file: "g")
        #expect(configuration.dataPlane.listen == SocketEndpoint(host: "::1", port: 8_080))
    }

    @Test func `the effective configuration reads back as itself`() throws {
        let yaml = """
            \(Self.example)
            governance: { mode: embedded }
            trusted_proxies: [10.0.0.0/8, "::1"]
            """
        var configuration = try GatewayConfiguration.parse(yaml, file: "g")
        configuration.rules.externalLabels = ["site": "a: \"b\"\n", "zone": "1"]
        configuration.log.queryKeys = ["page", "- x"]
        configuration.rules.scrape += [try ScrapeSource(parsing: "erp=http://[::1]:9001/m")]
        let again = try GatewayConfiguration.parse(configuration.effectiveYAML(), file: "effective")
        #expect(again == configuration)
    }

    @Test func `the effective configuration does not show the token`() throws {
        let configuration = try GatewayConfiguration.parse("admin: { token: hunter2 }", file: "g")
        #expect(!configuration.effectiveYAML().contains("hunter2"))
        #expect(configuration.effectiveYAML().contains("  token: \"<redacted>\"\n"))
    }
}

@Suite struct ConfigurationEnvironmentTests {
    private func read(_ environment: [String: String], yaml: String = "") throws -> GatewayConfiguration {
        try GatewayConfiguration.parse(yaml, file: "g.yaml", environment: environment)
    }

    @Test(arguments: ["1", "true", "yes", "on", "TRUE", "Yes", "oN"])
    func `true is 1, true, yes or on in any case`(text: String) throws {
        #expect(try read(["GATEWAY_REQUIRE_TENANT_ID": text]).dataPlane.tenancy.required)
    }

    @Test(arguments: ["0", "false", "no", "off", "False"])
    func `the opposites turn off what the file turns on`(text: String) throws {
        let yaml = "tenancy: { required: true }"
        #expect(try !read(["GATEWAY_REQUIRE_TENANT_ID": text], yaml: yaml).dataPlane.tenancy.required)
    }

    @Test func `an empty variable counts as unset`() throws {
        let configuration = try read(["GATEWAY_REQUIRE_TENANT_ID": "", "GOVERNANCE_URL": ""])
        #expect(configuration == GatewayConfiguration())
    }

    @Test(arguments: [
        ("GATEWAY_REQUIRE_TENANT_ID", "maybe", "expected true or false, found 'maybe'"),
        ("GATEWAY_LISTEN", "8080", "expected an address like 0.0.0.0:8080, found '8080'"),
        ("GOVERNANCE_URL", "ftp://x", "expected a URL like http://127.0.0.1:9001, found 'ftp://x'"),
        ("GATEWAY_MAX_TENANTS", "many", "expected a whole number, found 'many'"),
        ("GATEWAY_TRUSTED_PROXIES", "10.0.0.0/8,x", "expected a network like 10.0.0.0/8 or ::1, found 'x'"),
    ])
    func `an invalid value is an error that names the variable`(name: String, value: String, message: String) throws {
        let error = try #require(throws: YAMLError.self) { _ = try read([name: value]) }
        #expect(error.description == "\(name): \(message)")
    }

    @Test func `variables win over the file`() throws {
        let configuration = try read(
            [
                "GATEWAY_LISTEN": "127.0.0.1:0", "GATEWAY_TENANTS": "acme, globex", "GATEWAY_DRAIN_DEADLINE": "3s",
            ], yaml: "listen: 0.0.0.0:1")
        #expect(configuration.dataPlane.listen == SocketEndpoint(host: "127.0.0.1", port: 0))
        #expect(configuration.dataPlane.tenants.provisioned == ["acme", "globex"])
        #expect(configuration.dataPlane.timeouts.drainNanos == 3_000_000_000)
    }

    @Test func `GOVERNANCE_URL means remote, whatever the file says`() throws {
        let configuration = try read(
            ["GOVERNANCE_URL": "http://127.0.0.1:7000"], yaml: "governance: { mode: embedded }")
        #expect(configuration.governance.mode == .remote)
    }

    @Test func `a token from the environment replaces the file's`() throws {
        let configuration = try read(["GATEWAY_ADMIN_TOKEN_FILE": "/run/token"], yaml: "admin: { token: old }")
        #expect(configuration.admin == AdminSettings(token: nil, tokenFile: "/run/token"))
    }

    @Test func `a complaint about several keys names the variable when it was the cause`() throws {
        let error = try #require(throws: YAMLError.self) { _ = try read(["GATEWAY_GOVERNANCE_MODE": "remote"]) }
        #expect(error.description == "GATEWAY_GOVERNANCE_MODE: governance.mode: remote needs governance.url")
    }
}
