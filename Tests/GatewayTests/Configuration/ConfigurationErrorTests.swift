import StrictYAML
import Testing

@testable import Gateway

/// A wrong configuration and the complaint it must get.
struct WrongConfiguration: Sendable, CustomTestStringConvertible {
    let yaml: String
    let complaint: String

    var testDescription: String { complaint }

    static let all: [WrongConfiguration] = [
        .init(yaml: "lisen: 0.0.0.0:80", complaint: "g.yaml:1:1: unknown key 'lisen'; did you mean 'listen'?"),
        .init(
            yaml: "listen: 0.0.0.0:8080\nops:\n  listen: 9464",
            complaint: "g.yaml:3:11: ops.listen: expected an address like 0.0.0.0:8080, found '9464'"),
        .init(
            yaml: "listen: 0.0.0.0:70000",
            complaint: "g.yaml:1:9: listen: '0.0.0.0:70000' has no port between 0 and 65535"),
        .init(
            yaml: "loops: \"2\"", complaint: "g.yaml:1:8: loops: expected a number, found a string in quotes"),
        .init(yaml: "loops: 2.5", complaint: "g.yaml:1:8: loops: expected a whole number, found '2.5'"),
        .init(yaml: "loops: 1000", complaint: "g.yaml:1:8: loops: 1000 is outside of 0 … 256"),
        .init(
            yaml: "tenancy: { required: maybe }",
            complaint: "g.yaml:1:22: tenancy.required: expected true or false, found 'maybe'"),
        .init(
            yaml: "tenancy: { required: \"true\" }",
            complaint: "g.yaml:1:22: tenancy.required: expected true or false, found a string in quotes"),
        .init(yaml: "tenancy: [required]", complaint: "g.yaml:1:10: tenancy: expected a mapping, found a list"),
        .init(
            yaml: "timeouts: { head: fast }",
            complaint:
                "g.yaml:1:19: timeouts.head: expected a duration like 500ms, 30s or 1h30m, found 'fast'"),
        .init(yaml: "timeouts: { head: 1ms }", complaint: "g.yaml:1:19: timeouts.head: 1ms is outside of 100ms … 1h"),
        .init(
            yaml: "limits: { head: 64KiB, field: 128KiB }",
            complaint: "g.yaml:1:31: limits.field: must not be greater than limits.head"),
        .init(
            yaml: "limits: { body: -1 }",
            complaint: "g.yaml:1:17: limits.body: expected a size like 64KiB, 16MiB or 10MB, found '-1'"),
        .init(
            yaml: "trusted_proxies: [10.0.0.0/33]",
            complaint:
                "g.yaml:1:19: trusted_proxies[0]: expected a network like 10.0.0.0/8 or ::1, found '10.0.0.0/33'"),
        .init(
            yaml: "ops: { listen: 127.0.0.1:80 }\nlisten: 127.0.0.1:80",
            complaint: "g.yaml:1:16: ops.listen: is the address of the data listener, too"),
        .init(
            yaml: "admin: { token: a, token_file: b }",
            complaint: "g.yaml:1:32: admin.token_file: give either admin.token or admin.token_file"),
        .init(
            yaml: "governance: { mode: remote }",
            complaint: "g.yaml:1:21: governance.mode: remote needs governance.url"),
        .init(
            yaml: "governance: { mode: embedded, url: \"http://a\" }",
            complaint: "g.yaml:1:36: governance.url: is used in mode remote only, not in embedded"),
        .init(
            yaml: "governance: { mode: central }",
            complaint: "g.yaml:1:21: governance.mode: expected one of none, embedded, remote, found 'central'"),
        .init(
            yaml: "governance: { url: \"http://me:secret@a\" }",
            complaint: "g.yaml:1:20: governance.url: a user or password in a URL is not accepted"),
        .init(
            yaml: "access_log: { path: }",
            complaint: "g.yaml:1:21: access_log.path: expected a value (a path), found nothing"),
        .init(
            yaml: "rules: { retention: 1m, interval: 5m }",
            complaint: "g.yaml:1:21: rules.retention: must not be less than rules.interval"),
        .init(
            yaml: "rules: { external_labels: { \"0a\": b } }",
            complaint: "g.yaml:1:29: rules.external_labels: '0a' is no label name"),
        .init(
            yaml: "rules: { scrape: [\"http://a/m\", \"http://a/m\"] }",
            complaint: "g.yaml:1:18: rules.scrape: http://a/m is given twice"),
        .init(yaml: "listen: [", complaint: "g.yaml:2:1: did not find expected node content"),
    ]

    static let cells: [WrongConfiguration] = [
        .init(yaml: "cells: erp", complaint: "g.yaml:1:8: cells: expected a list, found 'erp'"),
        .init(
            yaml: "cells:\n  - name: erp", complaint: "g.yaml:2:5: cells[0]: 'upstreams' is missing"),
        .init(
            yaml: "cells:\n  - upstreams: [\"http://a:1\"]",
            complaint: "g.yaml:2:5: cells[0]: 'name' is missing"),
        .init(
            yaml: "cells:\n  - { name: ERP, upstreams: [\"http://a:1\"] }",
            complaint:
                "g.yaml:2:13: cells[0].name: expected a cell name ([a-z0-9-]{1,63}), found 'ERP'"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"http://a:1\"] }\n  - { name: a, upstreams: [\"http://b:1\"] }",
            complaint: "g.yaml:3:13: cells[1].name: cell 'a' is defined twice"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [] }",
            complaint: "g.yaml:2:27: cells[0].upstreams: 0 items; 1 to 256 are accepted"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"http://a:1\", \"http://a:1/\"] }",
            complaint: "g.yaml:2:27: cells[0].upstreams: upstream http://a:1 is given twice"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"a:1\"] }",
            complaint:
                "g.yaml:2:28: cells[0].upstreams[0]: expected a URL like http://127.0.0.1:9001, found 'a:1'"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"http://a:0\"] }",
            complaint: "g.yaml:2:28: cells[0].upstreams[0]: 'a:0' has no port between 1 and 65535"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"http://a\"], health: { interval: 5s } }",
            complaint: "g.yaml:2:49: cells[0].health: 'path' is missing"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"http://a\"], health: { path: health } }",
            complaint:
                "g.yaml:2:57: cells[0].health.path: expected a path (begins with /), found 'health'"),
        .init(
            yaml: "cells:\n  - { name: a, upstreams: [\"http://a\"], wieght: 2 }",
            complaint: "g.yaml:2:41: cells[0]: unknown key 'wieght'"),
    ]
}

@Suite struct ConfigurationErrorTests {
    @Test(arguments: WrongConfiguration.all + WrongConfiguration.cells)
    func `a wrong configuration is refused with file, line, column and key`(wrong: WrongConfiguration) throws {
        let error = try #require(throws: YAMLError.self) {
            _ = try GatewayConfiguration.parse(wrong.yaml, file: "g.yaml")
        }
        #expect(error.description.hasPrefix(wrong.complaint), "\(error)")
    }

    @Test func `an unreadable file is named`() throws {
        let error = try #require(throws: YAMLError.self) {
            _ = try GatewayConfiguration.load(path: "/does/not/exist.yaml", environment: [:])
        }
        #expect(error.description == "/does/not/exist.yaml: cannot read the file: no such file")
    }
}
