import PromQL
import TimeSeries

/// What of stepped rules' expressions can be evaluated over ranges ahead of the steps: the parts that read no stepped
/// rule and mean the same in a range.
struct StepPlan {
    /// By group, and in it by the place among its stepped rules.
    private let parts: [[[Expression]]]

    /// - Parameter isStepped: for each rule, over all groups.
    init(groups: [RuleGroup], isStepped: [Bool]) {
        let rules = groups.flatMap(\.rules)
        var named: [String: [RuleOutput]] = [:]
        let outputs = rules.indices.filter { isStepped[$0] }.map { RuleOutput(rule: rules[$0]) }
        for output in outputs {
            for name in output.names { named[name, default: []].append(output) }
        }
        let isReady: (Expression) -> Bool = { part in
            part.isSameInRanges && !part.readsUnnamed
                && !part.selectors.contains { selector in
                    let candidates = selector.exactMetricName.map { named[$0] ?? [] } ?? outputs
                    return candidates.contains { $0.isRead(by: selector) }
                }
        }
        var flat = 0
        parts = groups.map { group in
            group.rules.filter { _ in
                defer { flat += 1 }
                return isStepped[flat]
            }.map { StepParts.parts(of: $0.expression, where: isReady) }
        }
    }

    /// All parts, to find those that are the same.
    var expressions: [Expression] { parts.joined().flatMap { $0 } }

    /// Evaluates the parts for a chunk of steps, by group and stepped rule; what the ranged rules write must be there.
    func evaluate(_ chunk: ClosedRange<Int>, of run: RuleRun, engine: Engine, sharing: SharedParts?) -> [[StepParts?]] {
        run.groups.indices.map { group in
            let every = run.options.strides[group] ?? 1
            let times = RangeTimes(
                chunk, every: every, offsetMillis: run.groups[group].queryOffsetMillis, schedule: run.schedule)
            guard let times else { return [] }
            return parts[group].map { parts in
                StepParts(
                    parts, engine: engine, from: times.written[0], step: times.distanceMillis, count: times.count,
                    sharing: sharing)
            }
        }
    }
}
