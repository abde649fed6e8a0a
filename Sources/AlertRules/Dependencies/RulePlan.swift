import PromQL
import TimeSeries

/// How the rules of a run are evaluated: a whole range at a time where that gives the same as stepping.
///
/// A rule can take a range at a time when everything it reads is there before it begins: inputs, and outputs of
/// rules that stand before it and take ranges themselves. Stepped are
/// - rules that read their own past, or that of a rule behind them (also through `ALERTS`),
/// - rules whose expression means something else in a range query, or could see the future (`offset -5m`, `@`),
/// - rules whose templates query,
/// - rules whose results are seen later than their samples say (`query_offset`) by rules without that offset,
/// and then also whatever reads a stepped rule, whatever a stepped rule reads from behind, and whatever may write the
/// same series as a stepped rule.
struct RulePlan: Sendable {
    /// In order of evaluation, over all groups: whether the rule is stepped.
    let isStepped: [Bool]
    /// Whether the rule's output may be read by another rule.
    let isRead: [Bool]
    /// Whether another rule may write the same series; only what is written shows whether it does.
    let hasRivals: [Bool]
    /// All rules in batches whose rules may be evaluated at the same time.
    let batches: [[Int]]

    /// - Parameter forced: rules that must be stepped, because a range of theirs failed.
    init(groups: [RuleGroup], stepping forced: Set<Int> = []) {
        let rules = groups.flatMap(\.rules)
        let offsets = groups.flatMap { group in group.rules.map { _ in group.queryOffsetMillis } }
        let readsAll = Set(rules.indices.filter { RulePlan.usesQuery(rules[$0]) || rules[$0].expression.readsUnnamed })
        let special = Set(rules.indices.filter { readsAll.contains($0) || !rules[$0].expression.isSameInRanges })
        let graph = RuleGraph(rules: rules, readsAll: readsAll)
        isRead = graph.readers.map { !$0.isEmpty }
        batches = graph.batches()

        var seeds = forced.union(special)
        for (reader, own) in graph.reads.enumerated() {
            if let last = own.last, last >= reader { seeds.insert(reader) }
            let mayLookAhead = special.contains(reader)
            for output in own where offsets[output] != 0 && (mayLookAhead || offsets[reader] < offsets[output]) {
                seeds.insert(output)
            }
        }
        let rivals = RulePlan.rivals(rules)
        hasRivals = rules.indices.map { rivals[$0] != nil }
        isStepped = RulePlan.close(seeds, graph, rivals)
    }

    /// For each rule the others that may write the same series: they could refuse each other's samples.
    private static func rivals(_ rules: [Rule]) -> [Int: [Int]] {
        var named: [String: [Int]] = [:]
        for (index, rule) in rules.enumerated() {
            named[rule.kind == .recording ? rule.name : "ALERTS\0" + rule.name, default: []].append(index)
        }
        var rivals: [Int: [Int]] = [:]
        for same in named.values where same.count > 1 {
            let outputs = same.map { RuleOutput(rule: rules[$0]) }
            for (place, rule) in same.enumerated() {
                // Of very many, all pairs would take long: they count as rivals unseen.
                let others =
                    same.count > 256
                    ? same
                    : same.indices.filter { $0 != place && outputs[place].mayCollide(with: outputs[$0]) }.map {
                        same[$0]
                    }
                if !others.isEmpty { rivals[rule] = others }
            }
        }
        return rivals
    }

    private static func close(_ seeds: Set<Int>, _ graph: RuleGraph, _ rivals: [Int: [Int]]) -> [Bool] {
        var isStepped = [Bool](repeating: false, count: graph.reads.count)
        var waiting = Array(seeds)
        while let rule = waiting.popLast() {
            if isStepped[rule] { continue }
            isStepped[rule] = true
            waiting += graph.readers[rule]
            waiting += graph.reads[rule].filter { $0 > rule }
            waiting += rivals[rule] ?? []
        }
        return isStepped
    }

    private static func usesQuery(_ rule: Rule) -> Bool {
        (rule.labels + rule.annotations).contains { $0.template.usesQuery }
    }
}
