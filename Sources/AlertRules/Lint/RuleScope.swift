import Exposition
import PromQL
import StrictYAML
import TimeSeries

/// One rule with what surrounds it, as the checks see it.
struct RuleScope {
    let rule: Rule
    let group: RuleGroup
    let context: LintContext

    var expression: Expression { rule.expression }
    var isAlert: Bool { rule.kind == .alerting }
}

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
    /// Names inside templates that ask the engine.
    private let queried: Set<Substring>

    init(_ files: [RuleFile], _ settings: RuleLint.Settings) {
        self.files = files
        self.settings = settings
        var recorded: [String: [(rule: Rule, group: RuleGroup)]] = [:]
        var watched: Set<String> = []
        var selectors: [String: [VectorSelector]] = [:]
        var queried: Set<Substring> = []
        for group in files.flatMap(\.groups) {
            for rule in group.rules {
                if rule.kind == .recording { recorded[rule.name, default: []].append((rule, group)) }
                for selector in rule.expression.selectors {
                    let name = selector.matchers.first { $0.name == Label.metricName && $0.kind == .equal }?.value
                    selectors[name ?? "", default: []].append(selector)
                }
                for text in rule.labels + rule.annotations where text.template.text.contains("query") {
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

/// Whether an expression's value is the bare value of counters.
enum CounterValue {
    /// True for a counter itself and for aggregations of counters that keep its meaning.
    static func isRaw(_ expression: Expression, _ context: LintContext) -> Bool {
        rawSelector(in: expression, context) != nil
    }

    /// The counter whose bare value the expression's value follows.
    static func rawSelector(in expression: Expression, _ context: LintContext, depth: Int = 0) -> VectorSelector? {
        guard depth < 20 else { return nil }
        switch expression.withoutParentheses {
        case .selector(let node): return context.kindBounded(of: node.name, depth) == .counter ? node : nil
        case .unary(let node): return rawSelector(in: node.operand, context, depth: depth + 1)
        case .aggregation(let node):
            switch node.operation {
            case .count, .countValues, .group: return nil
            default: return rawSelector(in: node.operand, context, depth: depth + 1)
            }
        case .call(let node):
            switch node.function {
            case .abs, .ceil, .floor, .round, .sort, .sortDesc, .labelReplace, .labelJoin, .clampMin, .clampMax, .clamp:
                return node.arguments.first.flatMap { rawSelector(in: $0, context, depth: depth + 1) }
            default: return nil
            }
        case .binary(let node): return rawSelector(in: node, context, depth)
        case .number, .string, .parenthesized, .range, .subquery: return nil
        }
    }

    /// The difference of a counter and itself is an increase; whatever else is done with a counter stays one.
    private static func rawSelector(
        in node: BinaryOperation, _ context: LintContext, _ depth: Int
    ) -> VectorSelector? {
        let left = rawSelector(in: node.left, context, depth: depth + 1)
        let right = rawSelector(in: node.right, context, depth: depth + 1)
        if node.operation == .subtract, let left, let right, left.name == right.name { return nil }
        switch node.operation {
        case .and, .unless: return left
        case _ where node.operation.isComparison:
            return node.returnsBool ? nil : left ?? (node.left.type == .scalar ? right : nil)
        default: return left ?? right
        }
    }
}

extension LintContext {
    /// ``kind(of:)``, but for recording rules that read each other in circles.
    fileprivate func kindBounded(of name: String, _ depth: Int) -> MetricKind? {
        if depth > 3, recorded[name] != nil { return nil }
        guard let writers = recorded[name], declaredKind(of: name) == nil else { return kind(of: name) }
        let raw = writers.map { CounterValue.rawSelector(in: $0.rule.expression, self, depth: depth + 5) != nil }
        return raw.allSatisfy { $0 } ? .counter : raw.contains(true) ? nil : .gauge
    }
}
