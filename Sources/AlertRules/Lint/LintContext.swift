import Exposition
import PromQL
import TimeSeries

/// What is known beyond a single rule: all files of the run, and the metrics' types.
struct LintContext {
    let settings: RuleLint.Settings
    let files: [RuleFile]
    /// The recording rules by the name they write.
    let recorded: [String: [(rule: Rule, group: RuleGroup)]]
    /// Metrics that some rule asks about with `absent`.
    let watched: Set<String>
    /// All selectors of all rules, by the name they ask for; under the empty name those that leave it open.
    private let selectors: [String: [VectorSelector]]
    /// For each rule, in the order of the files, its selectors.
    let selectorsOfRules: [[VectorSelector]]
    /// Names inside templates that ask the engine.
    private let queried: Set<Substring>

    init(_ files: [RuleFile], _ settings: RuleLint.Settings) {
        self.files = files
        self.settings = settings
        var recorded: [String: [(rule: Rule, group: RuleGroup)]] = [:]
        var watched: Set<String> = []
        var selectors: [String: [VectorSelector]] = [:]
        var queried: Set<Substring> = []
        var selectorsOfRules: [[VectorSelector]] = []
        for group in files.flatMap(\.groups) {
            for rule in group.rules {
                if rule.kind == .recording { recorded[rule.name, default: []].append((rule, group)) }
                let ofRule = rule.expression.selectors
                selectorsOfRules.append(ofRule)
                for selector in ofRule {
                    let name = selector.matchers.first { $0.name == Label.metricName && $0.kind == .equal }?.value
                    selectors[name ?? "", default: []].append(selector)
                }
                for text in rule.labels + rule.annotations
                where !text.template.isConstant && text.template.text.contains("query") {
                    queried.formUnion(text.template.text.split { !($0.isLetter || $0.isNumber || "_:".contains($0)) })
                }
                rule.expression.walk { node in
                    if case .call(let call) = node, [.absent, .absentOverTime].contains(call.function) {
                        watched.formUnion(node.selectors.map(\.name))
                    }
                    return true
                }
            }
        }
        self.recorded = recorded
        self.watched = watched
        self.selectors = selectors
        self.queried = queried
        self.selectorsOfRules = selectorsOfRules
    }

    /// Whether some rule of the run may read what a recording rule writes.
    func isRead(_ rule: Rule) -> Bool {
        let output = RuleOutput(rule: rule)
        let candidates = (selectors[rule.name] ?? []) + (selectors[""] ?? [])
        return candidates.contains { output.isRead(by: $0) } || queried.contains(rule.name[...])
    }

    /// Whether a type is declared by metadata, not only guessed from the name.
    func isDeclared(_ name: String) -> Bool { declaredKind(of: name) != nil || name.hasSuffix("_bucket") }

    /// Counter, gauge and so on, where that is known: from metadata, from Prometheus's own metrics, from the rule that
    /// records it, or from a suffix of counters.
    func kind(of name: String) -> MetricKind? {
        if let kind = declaredKind(of: name) { return kind }
        if name == "up" || name == "ALERTS" || name == "ALERTS_FOR_STATE" || name.hasPrefix("scrape_") { return .gauge }
        if let writers = recorded[name] {
            let kinds = writers.map { CounterValue.isRaw($0.rule.expression, self) ? MetricKind.counter : .gauge }
            return kinds.allSatisfy { $0 == kinds[0] } ? kinds[0] : nil
        }
        if name.contains(":") { return nil }
        return name.hasSuffix("_total") || name.hasSuffix("_bucket") ? .counter : nil
    }

    private func declaredKind(of name: String) -> MetricKind? {
        let kinds = settings.kinds
        if let kind = kinds[name] { return kind == .unknown ? nil : kind }
        for suffix in ["_total", "_bucket", "_count", "_sum"] where name.hasSuffix(suffix) {
            switch kinds[String(name.dropLast(suffix.count))] {
            case .counter? where suffix == "_total": return .counter
            case .histogram? where suffix != "_total": return .counter
            case .summary? where suffix == "_count" || suffix == "_sum": return .counter
            default: break
            }
        }
        return nil
    }
}

extension LintContext {
    /// ``kind(of:)``, but for recording rules that read each other in circles.
    func kindBounded(of name: String, _ depth: Int) -> MetricKind? {
        if depth > 3, recorded[name] != nil { return nil }
        guard let writers = recorded[name], declaredKind(of: name) == nil else { return kind(of: name) }
        let raw = writers.map { CounterValue.rawSelector(in: $0.rule.expression, self, depth: depth + 5) != nil }
        return raw.allSatisfy { $0 } ? .counter : raw.contains(true) ? nil : .gauge
    }
}
