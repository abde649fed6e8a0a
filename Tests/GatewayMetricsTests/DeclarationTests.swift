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
        #expect(refusal { try registry.gaugeCallback("t_metrics_series", help: "") { [] } } == .duplicateName)
        #expect(refusal { _ = try registry.histogram("h_seconds", help: "") } == nil)
        #expect(refusal { _ = try registry.gauge("h_seconds_sum", help: "") } == .duplicateName)
    }

    @Test("names that a later histogram's samples would use are refused too")
    func laterHistogram() throws {
        _ = try registry.gauge("q_count", help: "")
        #expect(refusal { _ = try registry.histogram("q", help: "") } == .duplicateName)
    }

    @Test("an error says what to do")
    func message() {
        #expect(throws: MetricError.self) { try registry.counter("requests", help: "") }
        do {
            _ = try registry.gauge("a", help: "", labels: ["le"])
        } catch {
            #expect(error.description == #"metric "a": the label "le" is reserved; choose another name"#)
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
