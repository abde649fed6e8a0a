import CurlHTTP
import Foundation
import StrictYAML
import TestSupport
import Testing

@testable import LogShipper

@Suite("Shipper configuration")
struct ConfigurationTests {
    private static let contract = """
        state_dir: /var/lib/gatehouse/shipper
        inputs:  [{ paths: ["/var/log/gatehouse/*.jsonl"], tenant_field: tenant, time_field: ts, start_at: beginning }]
        outputs: [{ name: loki, type: loki, url: "http://127.0.0.1:3100/loki/api/v1/push", batch: { max_bytes: 1MiB, max_age: 1s }, compression: gzip }]
        """

    private func failure(_ text: String, _ environment: [String: String] = [:]) -> String {
        do throws(YAMLError) {
            _ = try ShipperConfiguration.parse(text, file: "s.yaml", environment: environment)
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("the contract's example is read, with the documented defaults")
    func example() throws {
        let configuration = try ShipperConfiguration.parse(Self.contract)
        #expect(configuration.stateDirectory == "/var/lib/gatehouse/shipper")
        #expect(configuration.maxUnackedBytes == 16 << 20)
        #expect(configuration.opsListen == "127.0.0.1:9465")
        #expect(configuration.inputs[0].tenantField == "tenant")
        #expect(configuration.outputs[0].type == .loki)
        #expect(configuration.outputs[0].tenantHeader == "X-Scope-OrgID")
        #expect(configuration.outputs[0].batchMaxAgeNanos == 1_000_000_000)
    }

    @Test("every key is taken")
    func full() throws {
        let text = """
            state_dir: /s
            memory: 32MiB
            max_unacked_bytes: 1MiB
            rescan: 250ms
            checkpoint_interval: 2s
            rotate_grace: 3s
            drain_timeout: 4s
            forget_after: 1d
            default_tenant: nobody
            metrics: { max_tenants: 7 }
            ops: { listen: "[::1]:0" }
            ready: { output_failing_after: 90s }
            inputs:
              - { paths: [/a], exclude: [/b], tenant_field: t, time_field: time, start_at: end, max_line_bytes: 64KiB }
            outputs:
              - name: one
                type: ndjson
                url: https://example.com/
                headers: { X-A: "{tenant}" }
                tenant_header: X-T
                compression: none
                compression_level: 6
                concurrency: 3
                batch: { max_bytes: 2MiB, max_lines: 5, max_age: 5s }
                timeouts: { connect: 1s, total: 2s }
                retry: { initial: 1s, max: 9s }
                dead_letters: { max_bytes: 1MiB, keep: 3, when_full: drop_oldest }
                auth: { user: u, password_file: /p }
                tls: { ca_file: /ca, cert_file: /c, key_file: /k, key_password: x, insecure_skip_verify: true }
                proxy: none
              - { name: two, type: loki, url: "http://l/", labels: { job: x }, auth: { bearer_token: t } }
            """
        let configuration = try ShipperConfiguration.parse(text)
        #expect(configuration.readyFailingAfterNanos == 90_000_000_000)
        #expect(configuration.defaultTenant == "nobody")
        #expect(configuration.forgetAfterSeconds == 86_400)
        #expect(configuration.outputs[0].tenantHeader == "X-T")
        #expect(configuration.outputs[0].credentials == .basic(user: "u", password: nil, passwordFile: "/p"))
        #expect(configuration.outputs[0].totalTimeoutMillis == 2000)
        #expect(configuration.outputs[0].deadLetters.policy == .dropOldest)
        #expect(configuration.outputs[0].deadLetters.keptFiles == 3)
        #expect(configuration.outputs[0].tls.skipsVerification)
        #expect(configuration.outputs[1].credentials == .bearer(token: "t", tokenFile: nil))
    }

    @Test(
        "what is wrong is named with file, line and column",
        arguments: [
            ("state_dir: /s\nmemroy: 1GiB\n", "s.yaml:2:1"), ("inputs: []\n", "'state_dir' is missing"),
            ("state_dir: /s\ninputs: []\noutputs: []\n", "s.yaml:2:9"),
            ("state_dir: /s\ninputs: [{ paths: [/a], start_at: middle }]\n", "'middle' is none of beginning, end"),
            ("state_dir: /s\ninputs: [{ paths: [/a], max_line_bytes: many }]\n", "s.yaml:2:41"),
            ("state_dir: /s\nmax_unacked_bytes: 1\n", "s.yaml:2:20"),
            ("state_dir: /s\nops: { listen: nowhere }\n", "expected host:port"),
            ("state_dir: /s\nops: { lisen: 1 }\n", "did you mean 'listen'?"),
        ])
    func errors(_ text: String, _ expected: String) {
        let rest = text.contains("inputs") ? "" : "inputs: [{ paths: [/a] }]\n"
        let outputs = text.contains("outputs") ? "" : "outputs: [{ name: a, type: ndjson, url: \"http://x/\" }]\n"
        let found = failure(text + rest + outputs)
        #expect(found.contains(expected), "\(found)")
    }

    @Test(
        "impossible outputs are refused",
        arguments: [
            ("name: \"a/b\", type: ndjson, url: \"http://x/\"", "letter or digit"),
            (
                "name: a, type: kafka, url: \"http://x/\"",
                "'kafka' is none of ndjson, loki, elasticsearch, otlp, splunk_hec, victorialogs"
            ),
            ("name: a, type: ndjson, url: \"ftp://x/\"", "http or https"),
            ("name: a, type: ndjson, url: \"http://x/a b\"", "without spaces"),
            (
                "name: a, type: ndjson, url: \"http://x/\", headers: { \"X Team\": a }",
                "'X Team' is no name of a header"
            ),
            ("name: a, type: ndjson, url: \"http://x/\", headers: { X-Team: \"a\\nb\" }", "'X-Team' has a line break"),
            ("name: a, type: ndjson, url: \"http://x/\", headers: { content-length: 1 }", "is set by the shipper"),
            ("name: a, type: ndjson, url: \"http://x/\", tenant_header: \"X Id\"", "is no name of a header"),
            ("name: a, type: ndjson, url: \"http://x/\", auth: { user: u }", "expected either user"),
            (
                "name: a, type: ndjson, url: \"http://x/\", auth: { user: u, password: p, bearer_token: t }",
                "expected either"
            ),
            ("name: a, type: loki, url: \"http://x/\", labels: {}", "at least one label"),
            ("name: a, type: ndjson, url: \"http://x/\", retry: { initial: 1m, max: 1s }", "must not be longer"),
        ])
    func outputs(_ output: String, _ expected: String) {
        let found = failure("state_dir: /s\ninputs: [{ paths: [/a] }]\noutputs: [{ \(output) }]\n")
        #expect(found.contains(expected), "\(found)")
        #expect(found.hasPrefix("s.yaml:3:"))
    }

    @Test("variables override the file, and an error names the variable")
    func environment() throws {
        let configuration = try ShipperConfiguration.parse(
            Self.contract,
            environment: [
                "SHIPPER_STATE_DIR": "/other", "SHIPPER_MEMORY": "8MiB", "SHIPPER_MAX_UNACKED_BYTES": "1MiB",
                "SHIPPER_OPS_LISTEN": "0.0.0.0:1", "SHIPPER_DRAIN_TIMEOUT": "1s", "SHIPPER_OUTPUT_URL": "http://y/",
            ])
        #expect(configuration.stateDirectory == "/other")
        #expect(configuration.memoryBytes == 8 << 20)
        #expect(configuration.opsListen == "0.0.0.0:1")
        #expect(configuration.outputs[0].url == "http://y/")
        #expect(failure(Self.contract, ["SHIPPER_MEMORY": "lots"]).hasPrefix("SHIPPER_MEMORY:1:1"))
    }

    @Test("the documentation has every key and every variable, and no others")
    func documentation() throws {
        let path = "\(Places.packageRoot)/docs/CONFIGURATION-shipper.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let tables = [
            ("", ShipperKeys.top.keys.map(\.name)), ("ops.", ShipperKeys.ops.keys.map(\.name)),
            ("ready.", ShipperKeys.ready.keys.map(\.name)),
            ("metrics.", ShipperKeys.metrics.keys.map(\.name)), ("inputs[].", ShipperKeys.input.keys.map(\.name)),
            ("inputs[].multiline.", ShipperKeys.multiline.keys.map(\.name)),
            ("outputs[].", ShipperKeys.output.keys.map(\.name)),
            ("outputs[].concurrency.", ShipperKeys.concurrency.keys.map(\.name)),
            ("outputs[].batch.", ShipperKeys.batch.keys.map(\.name)),
            ("outputs[].timeouts.", ShipperKeys.timeouts.keys.map(\.name)),
            ("outputs[].retry.", ShipperKeys.retry.keys.map(\.name)),
            ("outputs[].spool.", ShipperKeys.spool.keys.map(\.name)),
            ("outputs[].dead_letters.", ShipperKeys.deadLetters.keys.map(\.name)),
            ("outputs[].tls.", ShipperKeys.tls.keys.map(\.name)),
            ("outputs[].auth.", ShipperKeys.auth.keys.map(\.name)),
            ("outputs[].auth.oauth2.", ShipperKeys.oauth2.keys.map(\.name)),
            ("outputs[].acks.", ShipperKeys.acks.keys.map(\.name)),
            ("redaction.", ShipperKeys.redaction.keys.map(\.name)), ("tenants[].", ShipperKeys.tenant.keys.map(\.name)),
            ("tenants[].redact[].", ShipperKeys.redact.keys.map(\.name)),
            ("tenants[].drop_lines[].", ShipperKeys.dropLines.keys.map(\.name)),
            ("tenants[].rate_limit.", ShipperKeys.rateLimit.keys.map(\.name)),
        ]
        let sections: Set = [
            "inputs", "inputs[].multiline", "outputs", "ops", "metrics", "ready", "outputs[].batch",
            "outputs[].timeouts", "outputs[].retry", "outputs[].spool",
            "outputs[].dead_letters", "outputs[].tls", "outputs[].auth", "outputs[].auth.oauth2", "outputs[].acks",
            "outputs[].concurrency",
            "redaction", "tenants", "tenants[].redact", "tenants[].drop_lines", "tenants[].rate_limit",
        ]
        let known = Set(tables.flatMap { prefix, names in names.map { prefix + $0 } }).subtracting(sections)
            .union(ShipperConfiguration.environmentKeys.map(\.variable))
        let documented = Set(
            text.split(separator: "\n").compactMap { line -> String? in
                guard line.hasPrefix("| `"), let end = line.dropFirst(3).firstIndex(of: "`") else { return nil }
                return String(line[line.index(line.startIndex, offsetBy: 3)..<end])
            })
        #expect(documented == known)
    }
}
