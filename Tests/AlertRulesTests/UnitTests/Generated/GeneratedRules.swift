import TestSupport

/// A random rule file over the series of ``GeneratedInputs``, as lines of YAML.
struct GeneratedRules {
    private(set) var lines = ["groups:"]
    private(set) var groups: [String] = []
    private(set) var alerts: [String] = []
    private(set) var records: [String] = []

    init(_ random: inout SeededGenerator) {
        for group in 0..<random.int(1...2) {
            groups.append("g\(group)")
            lines += ["  - name: g\(group)", "    rules:"]
            if group == 0 { record("job:up:avg", "avg by (job) (up)", &random) }
            for _ in 0..<random.int(0...2) { addRecord(&random) }
            for _ in 0..<random.int(1...3) { addAlert(&random) }
        }
    }

    private static let windows = ["1m", "2m", "5m", "90s", "7m30s"]

    private mutating func addRecord(_ random: inout SeededGenerator) {
        let window = Self.windows.randomElement(using: &random) ?? "5m"
        let name = "r\(records.count)"
        let expressions = [
            "sum by (job) (rate(req_total[\(window)]))", "avg without (instance) (temp)",
            "max_over_time(temp[\(window)])", "count(up == 1) / count(up)", "job:up:avg * 100",
            "histogram_quantile(0.9, sum by (le) (rate(lat_bucket[\(window)])))", "delta(temp[\(window)])",
            "topk(1, temp)", "sum(increase(req_total[\(window)]))", "deriv(temp[\(window)])",
            "quantile_over_time(0.5, temp[\(window)])", "avg_over_time(job:up:avg[\(window)])",
            "label_replace(up, \"short\", \"$1\", \"instance\", \"(.).*\")", "resets(req_total[10m])",
            "stddev by (job) (temp)", "up offset 1m", "sum(temp) by (job) > bool 20", "temp - on(job, instance) up",
        ]
        record(name, expressions.randomElement(using: &random) ?? "up", &random)
    }

    private mutating func record(_ name: String, _ expression: String, _ random: inout SeededGenerator) {
        records.append(name)
        lines += ["      - record: \(name)", "        expr: '\(expression)'"]
        if random.oneIn(3) { lines += ["        labels:", "          source: rec"] }
    }

    private mutating func addAlert(_ random: inout SeededGenerator) {
        let window = Self.windows.randomElement(using: &random) ?? "5m"
        let threshold = random.int(0...40)
        let expressions = [
            "up == 0", "job:up:avg < 0.\(random.int(2...9))", "absent(up{job=\"zz\"})", "temp > \(threshold)",
            "rate(req_total[\(window)]) > \(random.int(0...9)) / 10", "temp > \(threshold) and on(job) job:up:avg == 1",
            "count(ALERTS{alertstate=\"firing\"}) > 0", "changes(up[10m]) > 1", "absent_over_time(temp[\(window)])",
            "predict_linear(temp[\(window)], 600) > \(threshold)", "vector(time()) > \(random.int(0...600))",
            "vector(1)",
            "sum by (job) (increase(req_total[\(window)])) > \(threshold)", "temp unless up == 0",
            "up == 0 or temp < 5",
        ]
        let name = random.oneIn(4) ? alerts.randomElement(using: &random) ?? "A0" : "A\(alerts.count)"
        alerts.append(name)
        lines += ["      - alert: \(name)", "        expr: '\(expressions.randomElement(using: &random) ?? "up")'"]
        if !random.oneIn(3) { lines.append("        for: \(["0s", "1m", "2m", "150s"][random.int(0...3)])") }
        if random.oneIn(4) { lines.append("        keep_firing_for: \(["1m", "3m"][random.int(0...1)])") }
        addTexts(&random)
    }

    private mutating func addTexts(_ random: inout SeededGenerator) {
        if random.oneIn(2) {
            lines.append("        labels:")
            lines.append(
                "          severity: \(["page", "'{{ if gt $value 1.0 }}warn{{ end }}'"][random.int(0...1)])"
            )
        }
        guard !random.oneIn(3) else { return }
        lines.append("        annotations:")
        let texts = [
            "{{ $labels.job }} is {{ $value }}", "{{ $value | humanize }}", "{{ printf \"%.2f\" $value }}",
            "{{ $labels.missing }}", "", "{{ humanizeDuration $value }}", "plain \"text\"", "{{ len $labels }}",
            "{{ range $k, $v := $labels }}{{ $k }}={{ $v }},{{ end }}", "{{ $externalLabels.region }}",
            "{{ $externalURL }}/x", "{{ with query \"up == 1\" }}{{ len . }}{{ end }}",
            "{{ $value | humanizePercentage }}",
        ]
        for name in ["summary", "detail"].prefix(random.int(1...2)) {
            lines.append("          \(name): \(GeneratedFile.quoted(texts.randomElement(using: &random) ?? ""))")
        }
    }
}
