import Exposition
import GatewayMetrics
import Testing

@Suite("Infos and state sets")
struct InfoAndStateTests {
    private let registry = MetricsRegistry(prefix: "t", shards: 1)

    private func lines(_ format: ExpositionFormat) -> [String] {
        String(decoding: registry.render(format), as: UTF8.self).split(separator: "\n").map(String.init)
            .filter { !$0.contains("t_metrics") }
    }

    @Test("an info is 1, and its family's name lacks the suffix in OpenMetrics only")
    func info() throws {
        let family = try registry.info("build_info", help: "", labels: ["version"])
        #expect(family.bind(["1.2"]).isLive)
        #expect(lines(.openMetrics100).contains("# TYPE build info"))
        #expect(lines(.openMetrics100).contains(#"build_info{version="1.2"} 1"#))
        #expect(lines(.prometheusText004).contains("# TYPE build_info gauge"))
        #expect(throws: Never.self) { try ExpositionParser.parse(registry.render(.openMetrics100), mode: .openMetrics) }
        #expect(throws: MetricError.self) { try registry.info("build", help: "", labels: ["version"]) }
        #expect(throws: MetricError.self) { try registry.gauge("build", help: "") }
    }

    @Test("a state set has one sample a state, and an exclusive set leaves one of them true")
    func states() throws {
        let family = try registry.stateSet("phase", help: "", labels: ["x"], states: ["up", "down", "a\"b"])
        let set = family.bind(["1"])
        set.set("up", true)
        set.set("down", true)
        #expect(set.isSet("up") && set.isSet("down"))
        set.set("up", false)
        #expect(!set.isSet("up") && set.isSet("down"))
        set.set(only: "a\"b")
        set.set("unheard of", true)
        set.set(only: "unheard of")
        #expect(
            lines(.openMetrics100) == [
                "# TYPE phase stateset", "# HELP phase ", #"phase{x="1",phase="up"} 0"#,
                #"phase{x="1",phase="down"} 0"#, #"phase{x="1",phase="a\"b"} 1"#, "# EOF",
            ])
        #expect(throws: Never.self) { try ExpositionParser.parse(registry.render(.openMetrics100), mode: .openMetrics) }
        var values: [Double] = []
        var refused = 0.0
        registry.forEachSample { name, labels, value in
            if name == "phase" { values.append(value) }
            if labels.first?.value == "unknown_state" { refused = value }
        }
        #expect(values == [0, 0, 1])
        #expect(refused == 2)
    }

    @Test("states that stand twice, none or too many are refused")
    func declaration() {
        for states in [[], ["a", "a"], (0...64).map { "s\($0)" }] {
            #expect(throws: MetricError.self) { try registry.stateSet("phase", help: "", states: states) }
        }
        #expect(throws: MetricError.self) {
            try registry.stateSet("phase", help: "", labels: ["phase"], states: ["a"])
        }
    }

    @Test("options of native histograms that make no sense are refused")
    func native() {
        let options: [NativeHistogramOptions] = [
            .init(schema: 9), .init(schema: -5), .init(zeroThreshold: -1), .init(zeroThreshold: .nan),
            .init(maxBuckets: 0), .init(maxBuckets: 5000), .init(maxZeroThreshold: .infinity),
            .init(resetAfterSeconds: 0), .init(resetAfterSeconds: .nan),
        ]
        for option in options {
            #expect(throws: MetricError.self) { try registry.histogram("h", help: "", buckets: [], native: option) }
        }
        #expect(throws: MetricError.self) {
            try registry.histogram("h", help: "", buckets: [1], native: .init(resetAfterSeconds: 60))
        }
        #expect(throws: Never.self) {
            try registry.histogram("h", help: "", buckets: [], native: .init(resetAfterSeconds: 60))
        }
    }

    @Test("a label that some format writes like the label of the state is refused")
    func stateLabel() throws {
        let wide = MetricsRegistry(prefix: "t", shards: 1, allowsUTF8Names: true)
        let clashes = [("a:b", "a_b"), ("a.b", "a_b"), ("a.b", "a-b"), ("a.b", "a_dot_b"), ("a.b", "U__a_2e_b")]
        for (name, label) in clashes {
            do throws(MetricError) {
                _ = try wide.stateSet(name, help: "", labels: [label], states: ["on"])
                Issue.record("accepted \(name) with \(label)")
            } catch {
                #expect(error.reason == .stateLabel && error.detail == label && "\(error)".contains("choose another"))
            }
        }
        #expect(throws: MetricError.self) {
            try registry.stateSet("a:b", help: "", labels: ["a_b"], states: ["on"])
        }
        let set = try registry.stateSet("a:b", help: "", labels: ["ab"], states: ["on"])
        set.bind(["x"]).set("on", true)
        #expect(lines(.prometheusText004).contains(#"a:b{ab="x",a_b="on"} 1"#))
    }
}
