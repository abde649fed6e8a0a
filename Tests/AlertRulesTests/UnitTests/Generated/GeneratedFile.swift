import PromQL
import TestSupport
import TimeSeries

@testable import AlertRules

/// A random unit-test file with its rule file, as lines of YAML: all expectations are what this implementation finds,
/// so whether promtool finds them too is a question to promtool.
struct GeneratedFile {
    var rules: [String]
    var lines: [String] = []

    /// - Parameter name: of the rule file, relative to the test file.
    init(_ random: inout SeededGenerator, ruleFile name: String) throws {
        let rules = GeneratedRules(&random)
        self.rules = rules.lines
        lines = ["rule_files:", "  - \(name)"]
        lines.append("evaluation_interval: \(["1m", "30s", "20s"][random.int(0...2)])")
        // Without an order promtool takes groups as they come.
        lines.append("group_eval_order:")
        lines += rules.groups.map { "  - \($0)" }
        lines.append("tests:")
        for index in 0..<random.int(1...3) {
            lines += ["  - name: case \(index)", "    interval: \(["1m", "30s"][random.int(0...1)])"]
            if random.oneIn(3) {
                lines += ["    external_labels:", "      region: eu", "    external_url: http://prom.example"]
            }
            lines.append("    input_series:")
            for series in GeneratedInputs(&random).series {
                lines += ["      - series: '\(series.series)'", "        values: '\(series.values)'"]
            }
            try addExpectations(rules, &random)
        }
    }

    /// A YAML string in double quotes.
    static func quoted(_ text: String) -> String { GoQuote.quoted(text) }

    // MARK: Expectations

    private mutating func addExpectations(_ rules: GeneratedRules, _ random: inout SeededGenerator) throws {
        let observed = try Observation(rules: self.rules, file: lines)
        lines.append("    alert_rule_test:")
        for _ in 0..<random.int(1...3) {
            let seconds = random.int(0...24) * [30, 45, 60][random.int(0...2)]
            let name = random.oneIn(8) ? "Unknown" : rules.alerts.randomElement(using: &random) ?? "A0"
            lines += ["      - eval_time: \(seconds)s", "        alertname: \(name)"]
            addAlerts(observed.firing(name, atSeconds: seconds))
        }
        lines.append("    promql_expr_test:")
        for _ in 0..<random.int(1...3) {
            let seconds = random.int(0...24) * [30, 45, 60][random.int(0...2)]
            let expression = GeneratedFile.expression(rules, &random)
            lines += ["      - expr: '\(expression)'", "        eval_time: \(seconds)s"]
            addSamples(observed.samples(expression, atSeconds: seconds))
        }
    }

    private static func expression(_ rules: GeneratedRules, _ random: inout SeededGenerator) -> String {
        let record = rules.records.randomElement(using: &random) ?? "up"
        let fixed = [
            record, record, "ALERTS", "ALERTS_FOR_STATE", "count(up)", "sum(temp) by (job)", "time()", "vector(3)",
            "max_over_time(up[10m:])", "rate(req_total[5m])", "sort_desc(temp)", "up * 2", "temp", "1 / 3",
            "count_over_time(\(record)[10m])", "avg_over_time(temp[5m:1m])", "absent(nothing)", "up @ 60",
            "last_over_time(temp[3m])", "count by (alertstate) (ALERTS)", "scalar(sum(up))", "minute()",
        ]
        return fixed.randomElement(using: &random) ?? "up"
    }

    private mutating func addAlerts(_ alerts: [ActiveAlert]) {
        if alerts.isEmpty { return }
        lines.append("        exp_alerts:")
        for alert in alerts {
            lines.append("          - exp_labels:")
            for label in alert.labels.pairs where label.name != "alertname" {
                lines.append("              \(label.name): \(GeneratedFile.quoted(label.value))")
            }
            if alert.labels.count == 1 { lines[lines.count - 1] += " {}" }
            lines.append("            exp_annotations:")
            let pairs = alert.annotations.pairs + alert.emptyAnnotations.map { Label(name: $0, value: "") }
            for label in pairs { lines.append("              \(label.name): \(GeneratedFile.quoted(label.value))") }
            if pairs.isEmpty { lines[lines.count - 1] += " {}" }
        }
    }

    private mutating func addSamples(_ samples: [VectorSample]) {
        if samples.isEmpty { return }
        lines.append("        exp_samples:")
        for sample in samples {
            lines.append("          - labels: '\(sample.labels.description)'")
            lines.append("            value: \(GeneratedFile.number(sample.value))")
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        return value.isInfinite ? (value < 0 ? "-.inf" : ".inf") : "\(value)"
    }
}
