import CoreMetrics
import Exposition
import Foundation
import Gateway
import GatewayMetrics
import LogShipper
import MetricsBridge
import StructuredLog
import TestSupport
import Testing

/// Holds what is written about metrics against what the programs declare.
@Suite("The metrics document and the shipped rules")
struct MetricsDocumentTests {
    /// The gateway's registry with everything that the program puts into it.
    private static func gatewayRegistry() throws -> MetricsRegistry {
        let registry = MetricsRegistry(prefix: "gateway", shards: 1)
        let folder = try TemporaryDirectory("metrics-document")
        let log = try LogSink(
            path: folder.file("access.jsonl"), rings: 1, ringBytes: 65_536, queries: QueryPolicy(allowed: []))
        try GatewayMetricSet(registry: registry).attach(log: log)
        try ProcessCollector.register(in: registry)
        return registry
    }

    private static func document() throws -> String {
        """
        # Metrics

        Written from the declarations in the sources by `GATEHOUSE_WRITE_DOCS=1 swift test --filter MetricsDocument`;
        a test holds it against them. Labels are bounded: see `metrics.max_tenants` in the configuration.

        Values that begin with `_` are no names of yours:

        | label | value | stands for |
        |---|---|---|
        | any | `_other` | values beyond a bound; how often is in `…_metrics_overflow_total` |
        | `tenant` | `_none` | no tenant named, or refused before it was known; lines of the default tenant |
        | `cell` | `_unknown` | malformed, to a cell that is not configured, or refused before the cell was known |
        | `cell` | `_local` | answered by the gateway itself: all paths outside `/api/v1/`, and `OPTIONS *` |
        | `method` | `_OTHER` | methods that the gateway does not serve |

        ## gateway

        \(try gatewayRegistry().markdown())
        ## log-shipper

        \(try ShipperMetrics().registry.markdown())
        """
    }

    @Test("docs/METRICS.md is what the declarations say")
    func documentIsCurrent() throws {
        let path = "\(Places.packageRoot)/docs/METRICS.md"
        let expected = try Self.document()
        if ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_DOCS"] == "1" {
            try expected.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOfFile: path, encoding: .utf8)
        #expect(written == expected, "run GATEHOUSE_WRITE_DOCS=1 swift test --filter MetricsDocument")
    }

    @Test("all programs say the same version")
    func versions() {
        #expect(gatewayVersion == shipperVersion)
    }

    @Test("our own metrics follow the naming practices of Prometheus")
    func lint() throws {
        let bridged = MetricsRegistry(prefix: "bridge", shards: 0)
        let factory = BridgeFactory(registry: bridged)
        let dimensions = [("http.route", "/a/{id}"), ("http.request.method", "GET")]
        factory.makeCounter(label: "hb.requests", dimensions: dimensions).increment(by: 1)
        factory.makeFloatingPointCounter(label: "energy.joules", dimensions: []).increment(by: 1)
        factory.makeTimer(label: "http.server.request.duration", dimensions: dimensions).recordNanoseconds(1)
        factory.makeTimer(label: "db:query_ms", dimensions: dimensions).recordNanoseconds(1)
        factory.makeMeter(label: "http.server.active_requests", dimensions: dimensions).increment(by: 1)
        factory.makeRecorder(label: "response.size.bytes", dimensions: [], aggregate: true).record(1 as Int64)
        for registry in [try Self.gatewayRegistry(), try ShipperMetrics().registry, bridged] {
            #expect(registry.lint().map(\.description) == [], "\(registry.prefix)")
        }
    }

    @Test("the shipped alert rules read only series that are declared")
    func rulesReadDeclaredSeries() throws {
        let document = try Self.document()
        let declared = Set(document.matches(of: /\| `([a-z_]+)` \|/).map { String($0.1) })
        #expect(declared.count > 40)
        let rules = try String(
            contentsOfFile: "\(Places.packageRoot)/deploy/monitoring/alerts.example.yaml", encoding: .utf8)
        let expressions = rules.components(separatedBy: "\n").filter {
            !$0.trimmingCharacters(in: .whitespaces).hasPrefix("#")
        }
        let used = Set(
            expressions.joined(separator: "\n").matches(of: /\b(?:gateway|shipper)_[a-z_]+/).map { String($0.0) })
        #expect(used.count > 10)
        for name in used.sorted() {
            let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map {
                String(name.dropLast($0.count))
            }
            #expect(declared.contains(name) || declared.contains(base ?? ""), "\(name) is in no registry")
        }
    }
}
