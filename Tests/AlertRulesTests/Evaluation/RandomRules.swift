import PromQL
import TestSupport
import TimeSeries

@testable import AlertRules

/// Seeded rule files and inputs that hold everything on which ranges and steps could differ.
struct RandomRules {
    var random: SeededGenerator

    private static let inputs = ["a", "b", "h", "sum by (l) (a)", "a offset 2m", "{__name__=~\"a|b\"}"]
    private static let outputs = [
        "r0", "r1", "r2", "r3", "ALERTS{alertname=\"A0\"}", "ALERTS", "ALERTS_FOR_STATE", "{l=\"1\"}",
        "ALERTS{alertstate=\"pending\"}",
    ]

    mutating func groups() throws -> [RuleGroup] {
        let count = random.oneIn(3) ? 2 : 1
        let texts = (0..<count).map { group(number: $0) }
        return try RuleFile.parse("groups: [\(texts.joined(separator: ", "))]", file: "r.yml").groups
    }

    private mutating func group(number: Int) -> String {
        let first = number * 10
        let rules = (first...(first + random.int(1...5))).map { rule($0) }
        let limit = random.oneIn(5) ? random.int(1...3) : 0
        let offset = random.oneIn(5) ? random.int(1...3) : 0
        return
            "{name: g\(number), limit: \(limit), query_offset: \(offset)m, rules: [\(rules.joined(separator: ", "))]}"
    }

    private mutating func rule(_ index: Int) -> String {
        let expression = self.expression(index)
        if random.oneIn(2) {
            let name = random.oneIn(6) ? "r0" : "r\(index)"
            return "{record: \(name), expr: '\(expression)', labels: {\(pick(["", "", "k: '\(index)'", "l: ''"]))}}"
        }
        let labels = pick([
            "", "s: '{{ $labels.l }}x'", "v: '{{ $value }}'", "l: ''", "severity: page", "t: '{{ now }}'",
            "q: '{{ with query \"a\" }}{{ . | first | value }}{{ end }}'",
        ])
        let annotations = pick([
            "d: '{{ $value }} {{ $labels.l }} {{ $labels.__name__ }}'", "d: '{{ now }}'", "",
            "d: '{{ with query \"count(a)\" }}{{ . | first | value }}{{ end }}'",
        ])
        let name = random.oneIn(8) ? "A0" : "A\(index)"
        let keep = random.oneIn(2) ? random.int(1...5) : 0
        return "{alert: \(name), expr: '\(expression)', for: \(random.int(0...4))m, keep_firing_for: \(keep)m, "
            + "labels: {\(labels)}, annotations: {\(annotations)}}"
    }

    private mutating func expression(_ index: Int) -> String {
        let before = index % 10 > 0 ? ["r\(index - 1)", "ALERTS{alertname=\"A\(index - 1)\"}"] : []
        let source = pick(random.oneIn(3) ? RandomRules.outputs : RandomRules.inputs + before)
        let bare = source.contains("offset") || source.contains("sum") ? "(\(source))" : source
        let ranged = bare.hasPrefix("(") ? "\(bare)[4m:1m]" : "\(bare)[4m]"
        return pick([
            "\(bare) > 2", "sum by (l) (\(bare))", "max_over_time(\(ranged))", "rate(\(ranged)) > 0",
            "\(bare) unless b", "count(\(bare))", "absent(\(bare))", "\(bare) * on (l) group_left b", "\(bare) + b",
            "vector(time()) > 600", "\(bare)", "time()", "increase(h[3m])", "histogram_count(\(bare)) > 3",
            "label_replace(\(bare), \"l\", \"\", \"l\", \".*\")", random.oneIn(3) ? "a offset -2m" : "\(bare) == 1",
            random.oneIn(3) ? "a @ 300" : "count_values(\"l\", \(bare))",
        ])
    }

    private mutating func pick(_ choices: [String]) -> String { choices[random.int(0...(choices.count - 1))] }

    mutating func store(steps: Int) throws -> SeriesStore {
        let store = SeriesStore()
        for (name, label) in [("a", "1"), ("a", "2"), ("b", "1"), ("b", "3"), ("h", "1"), ("h", "2")] {
            let labels = Labels([("__name__", name), ("l", label)])
            var value = 0.0
            var isThere = true
            for step in 0..<steps {
                if random.oneIn(6) { isThere.toggle() }
                if random.oneIn(4) { value = Double(random.int(0...5)) }
                guard isThere else { continue }
                let time = Int64(step) * 60_000
                if random.oneIn(12) {
                    try store.append(labels, at: time, staleMarker)
                } else if name == "h", !random.oneIn(5) {
                    let text = "{{schema:0 sum:\(value) count:\(2 * value) buckets:[\(value) \(value)]}}"
                    try store.append(labels, at: time, try FloatHistogram(notation: text))
                } else {
                    try store.append(labels, at: time, value)
                }
            }
        }
        return store
    }
}
