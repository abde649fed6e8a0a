import PromQL
import TimeSeries

/// Which rules may read what other rules write.
///
/// Selectors with a metric's name find their rules in a table, so that thousands of rules are no matter of seconds.
struct RuleGraph: Sendable {
    /// For each rule, ascending, the rules whose output it may read, itself included.
    let reads: [[Int]]
    /// For each rule, ascending, the rules that may read its output.
    let readers: [[Int]]
    /// Whether every selector names its metric; else "may read" means little.
    let isDeterminate: Bool

    /// Rules in their order of evaluation.
    ///
    /// - Parameter readsAll: rules that may read anything, such as those with queries in templates.
    init(rules: [Rule], readsAll: Set<Int> = []) {
        let outputs = rules.map(RuleOutput.init)
        var named: [String: [Int]] = [:]
        for (index, output) in outputs.enumerated() {
            for name in output.names { named[name, default: []].append(index) }
        }
        var isDeterminate = true
        var reads: [[Int]] = []
        for (index, rule) in rules.enumerated() {
            if readsAll.contains(index) {
                reads.append(Array(rules.indices))
                continue
            }
            var found: Set<Int> = []
            for selector in rule.expression.selectors {
                let candidates: [Int]
                if let name = selector.exactMetricName {
                    candidates = named[name] ?? []
                } else {
                    candidates = Array(rules.indices)
                    if !selector.matchers.contains(where: { $0.name == Label.metricName }) { isDeterminate = false }
                }
                for output in candidates where outputs[output].isRead(by: selector) { found.insert(output) }
            }
            reads.append(found.sorted())
        }
        self.reads = reads
        self.isDeterminate = isDeterminate
        var readers = [[Int]](repeating: [], count: rules.count)
        for (reader, own) in reads.enumerated() {
            for output in own { readers[output].append(reader) }
        }
        self.readers = readers
    }

    /// The rules in batches: those of a batch may run at the same time, the batches one after the other.
    ///
    /// Prometheus's order for `concurrent-rule-eval`: first what reads no rule before it, then one by one what reads
    /// and is read, then what nobody reads. Where a selector names no metric, every rule is a batch of its own.
    func batches() -> [[Int]] {
        guard isDeterminate else { return reads.indices.map { [$0] } }
        var independent: [Int] = []
        var chained: [[Int]] = []
        var last: [Int] = []
        for rule in reads.indices {
            if !reads[rule].contains(where: { $0 < rule }) {
                independent.append(rule)
            } else if readers[rule].contains(where: { $0 > rule }) {
                chained.append([rule])
            } else {
                last.append(rule)
            }
        }
        return ([independent] + chained + [last]).filter { !$0.isEmpty }
    }
}

extension VectorSelector {
    /// The metric's name, if a matcher says it outright.
    var exactMetricName: String? {
        matchers.first { $0.name == Label.metricName && $0.kind == .equal && !$0.value.isEmpty }?.value
    }
}
