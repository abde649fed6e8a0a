import Exposition
import GatewayMetrics
import Testing

@Suite("Declaring families")
struct DeclarationTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 1)

    private func refusal(_ body: () throws -> Void) -> MetricError.Reason? {
        do {
            try body()
            return nil
        } catch {
            return (error as? MetricError)?.reason
        }
    }

    @Test("names and suffixes that a format cannot carry are refused")
    func names() {
        #expect(refusal { _ = try registry.counter("1a_total", help: "") } == .invalidName)
        #expect(refusal { _ = try registry.counter("requests", help: "") } == .counterWithoutTotal)
        #expect(refusal { _ = try registry.gauge("a_total", help: "") } == .reservedSuffix)
        #expect(refusal { _ = try registry.gauge("a_bucket", help: "") } == .reservedSuffix)
        #expect(refusal { _ = try registry.gauge("a_seconds", help: "", unit: "bytes") } == .unitNotInName)
        #expect(refusal { _ = try registry.counter("a_bytes_total", help: "", unit: "bytes") } == nil)
    }

    @Test("labels that belong to the formats, are invalid or stand twice are refused")
    func labels() {
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: ["le"]) } == .reservedLabel)
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: ["quantile"]) } == .reservedLabel)
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: ["__x"]) } == .reservedLabel)
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: ["a-b"]) } == .invalidLabel)
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: ["b", "b"]) } == .duplicateLabel)
    }

    @Test("bounds must ascend and be finite")
    func buckets() {
        for buckets in [[1, 1], [2, 1], [1, .infinity], [.nan], Array(stride(from: 0.0, to: 501, by: 1))] {
            #expect(refusal { _ = try registry.histogram("h", help: "", buckets: buckets) } == .invalidBuckets)
        }
        #expect(refusal { _ = try registry.histogram("h", help: "", buckets: []) } == nil)
    }

    @Test("the same declaration gives the same children, another one of that name is refused")
    func duplicates() throws {
        let first = try registry.counter("a_total", help: "x", labels: ["l"])
        let second = try registry.counter("a_total", help: "x", labels: ["l"])
        first.bind(["v"]).increment()
        second.bind(["v"]).increment()
        #expect(first.bind(["v"]).value == 2)
        #expect(refusal { _ = try registry.counter("a_total", help: "x", labels: ["m"]) } == .duplicateName)
        #expect(refusal { _ = try registry.floatCounter("a_total", help: "x", labels: ["l"]) } == .duplicateName)
        #expect(refusal { _ = try registry.gauge("a", help: "x") } == .duplicateName)
        #expect(refusal { _ = try registry.histogram("a", help: "x") } == .duplicateName)
        #expect(refusal { try registry.gaugeCallback("t_metrics_series", help: "") { [] } } == .reservedName)
        #expect(refusal { _ = try registry.histogram("h_seconds", help: "") } == nil)
        #expect(refusal { _ = try registry.gauge("h_seconds_sum", help: "") } == .duplicateName)
    }

    @Test("names that a later histogram's samples would use are refused too")
    func laterHistogram() throws {
        _ = try registry.gauge("q_count", help: "")
        #expect(refusal { _ = try registry.histogram("q", help: "") } == .duplicateName)
    }

    @Test("names of the registry and of the server are refused")
    func reservedNames() {
        for name in [
            "up", "scrape_duration_seconds", "target_info", "ALERTS", "t_metrics_series", "t_metrics_overflow",
        ] {
            #expect(refusal { _ = try registry.gauge(name, help: "") } == .reservedName, "\(name)")
        }
        #expect(refusal { _ = try registry.counter("t_metrics_rejected_total", help: "") } == .reservedName)
        #expect(refusal { _ = try registry.info("target_info", help: "", labels: ["a"]) } == .reservedName)
        #expect(refusal { _ = try registry.histogram("a_info", help: "") } == .reservedSuffix)
        #expect(refusal { _ = try registry.gauge("a_info", help: "") } == nil)
    }

    @Test("too many labels and names that are too long are refused")
    func sizes() {
        let many = (0...64).map { "l\($0)" }
        #expect(refusal { try registry.gaugeCallback("a", help: "", labels: many) { [] } } == .tooManyLabels)
        let long = String(repeating: "x", count: 9000)
        #expect(refusal { _ = try registry.gauge(long, help: "") } == .namesTooLong)
    }

    @Test("other names need an option of the registry; then they must not fall together when they are escaped")
    func utf8Names() throws {
        #expect(refusal { _ = try self.registry.gauge("a.b", help: "") } == .invalidName)
        let registry = MetricsRegistry(prefix: "t", shards: 0, allowsUTF8Names: true)
        let family = try registry.counter("http.requests_total", help: "", labels: ["http.method"])
        family.bind(["GET"]).increment()
        #expect(refusal { _ = try registry.gauge("", help: "") } == .invalidName)
        #expect(refusal { _ = try registry.gauge("g", help: "", labels: [""]) } == .invalidLabel)
        #expect(refusal { _ = try registry.gauge("g", help: "", labels: ["__ü"]) } == .reservedLabel)
        #expect(refusal { _ = try registry.counter("http_requests_total", help: "") } == .duplicateName)
        #expect(refusal { _ = try registry.counter("http-requests_total", help: "") } == .duplicateName)
        #expect(refusal { _ = try registry.gauge("温度", help: "") } == nil)
        let text = String(decoding: registry.render(.prometheusText100), as: UTF8.self)
        #expect(text.contains(#"{"http.requests_total","http.method"="GET"} 1"#))
    }

    @Test("a limit that leaves no room for a series is refused", arguments: [0, -1, .min])
    func limits(_ limit: Int) throws {
        let labels: InlineArray<1, String> = ["l"]
        #expect(
            refusal { _ = try registry.counter("a_total", help: "", labels: labels, limit: limit) } == .invalidLimit)
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: labels, limit: limit) } == .invalidLimit)
        #expect(refusal { _ = try registry.histogram("a", help: "", labels: labels, limit: limit) } == .invalidLimit)
        #expect(refusal { _ = try registry.info("a_info", help: "", labels: labels, limit: limit) } == .invalidLimit)
        #expect(refusal { _ = try registry.gauge("a", help: "", labels: labels, limit: 1) } == nil)
        let error = #expect(throws: MetricError.self) {
            try registry.gauge("b", help: "", labels: labels, limit: limit)
        }
        #expect(
            error?.description.hasPrefix("metric \"b\": the limit must be a positive number of series; got ") == true)
    }

    @Test("a bounded label refuses a family that lacks it")
    func missingLabel() throws {
        let tenant = registry.boundedLabel("tenant", policy: LabelPolicy(places: 2))
        let family = try registry.counter("a_total", help: "", labels: ["path"])
        let error = #expect(throws: MetricError.self) { try tenant.govern(family) }
        #expect(error?.reason == .missingLabel && error?.detail == "tenant")
        #expect(error?.description.contains(#"metric "a_total": a bounded label cannot govern it"#) == true)
    }

    @Test("the lint tells labels that Prometheus gives to targets, and no others")
    func targetLabels() throws {
        _ = try registry.gauge("a", help: "h", labels: ["job", "instance", "jobs"])
        #expect(registry.lint().map(\.rule) == [.targetLabel, .targetLabel])
        #expect(
            registry.lint().last?.description
                == "a: the label \"job\" is one that Prometheus gives to each target "
                + "(rename it; else Prometheus renames it to exported_job)")
    }

    @Test("an error says what to do")
    func message() {
        #expect(throws: MetricError.self) { try registry.counter("requests", help: "") }
        do {
            _ = try registry.gauge("a", help: "", labels: ["le"])
        } catch {
            #expect(error.description == #"metric "a": the label "le" is reserved; choose another name"#)
        }
        do {
            _ = try registry.gauge("a.b", help: "")
        } catch {
            #expect(
                error.description
                    == #"metric "a.b": the name must match [a-zA-Z_:][a-zA-Z0-9_:]*; to allow other names that are not "#
                    + "empty, make the registry with allowsUTF8Names: true")
        }
    }

    @Test("the table for the documentation holds every family and no broken cell")
    func markdown() throws {
        _ = try registry.histogram(
            "h_seconds", help: "How | long.\nReally.", unit: "seconds", labels: ["cell", "code"])
        let rows = registry.markdown().split(separator: "\n")
        #expect(rows[0] == "| name | type | labels | unit | meaning |")
        #expect(rows.contains(#"| `h_seconds` | histogram | `cell`, `code` | seconds | How \| long. Really. |"#))
        #expect(rows.contains { $0.hasPrefix("| `t_metrics_overflow_total` | counter | `label` |") })
    }
}
