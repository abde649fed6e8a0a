import PromQL
import TimeSeries

/// How the rules of a run are evaluated: a whole range at a time where that gives the same as stepping.
///
/// A rule can take a range at a time when everything it reads is there before it begins: inputs, and outputs of
/// rules that stand before it and take ranges themselves. What reads its own past, or that of a rule behind it
/// (also through `ALERTS`), is stepped; and then also whatever reads a stepped rule, and whatever a stepped rule
/// reads from behind. Expressions that could see the future (`offset -5m`, `@`), queries inside templates and query
/// offsets make the whole run stepped.
struct RulePlan: Sendable {
    /// In order of evaluation, over all groups: whether the rule is stepped.
    let isStepped: [Bool]
    /// Whether the rule's output may be read by another rule.
    let isRead: [Bool]

    init(groups: [RuleGroup]) {
        let rules = groups.flatMap(\.rules)
        let outputs = rules.map(RuleOutput.init)
        let selectors = rules.map(\.expression.selectors)
        let usesQuery = rules.contains { ($0.labels + $0.annotations).contains { $0.template.usesQuery } }
        let reads = selectors.map { own in
            outputs.map { output in own.contains { output.isRead(by: $0) } }
        }
        isRead = rules.indices.map { output in usesQuery || reads.contains { $0[output] } }
        guard !usesQuery, !groups.contains(where: { $0.queryOffsetMillis != 0 }),
            !rules.contains(where: { RulePlan.mayLookAhead($0.expression) || $0.expression.type == .string })
        else {
            isStepped = rules.map { _ in true }
            return
        }
        var stepped = rules.indices.map { reader in reads[reader][reader...].contains(true) }
        RulePlan.stepDoubles(rules, groups, &stepped)
        RulePlan.close(reads, &stepped)
        isStepped = stepped
    }

    /// Rules that write the same name could refuse each other's samples, and limits count per step.
    private static func stepDoubles(_ rules: [Rule], _ groups: [RuleGroup], _ stepped: inout [Bool]) {
        var counts: [String: Int] = [:]
        for rule in rules { counts[rule.kind == .recording ? rule.name : "ALERTS\0" + rule.name, default: 0] += 1 }
        let limits = groups.flatMap { group in group.rules.map { _ in group.limit } }
        for (index, rule) in rules.enumerated() {
            let key = rule.kind == .recording ? rule.name : "ALERTS\0" + rule.name
            if counts[key, default: 0] > 1 || limits[index] > 0 { stepped[index] = true }
        }
    }

    private static func close(_ reads: [[Bool]], _ stepped: inout [Bool]) {
        var hasChanged = true
        while hasChanged {
            hasChanged = false
            for reader in stepped.indices {
                for (output, isRead) in reads[reader].enumerated() where isRead {
                    let mustStepReader = stepped[output] && !stepped[reader]
                    let mustStepOutput = stepped[reader] && output > reader && !stepped[output]
                    if mustStepReader { stepped[reader] = true }
                    if mustStepOutput { stepped[output] = true }
                    hasChanged = hasChanged || mustStepReader || mustStepOutput
                }
            }
        }
    }

    private static func mayLookAhead(_ expression: Expression) -> Bool {
        var found = false
        expression.walk { node in
            switch node {
            case .selector(let selector):
                if selector.at != nil || selector.boundary != nil || isNegative(selector.offset) { found = true }
            case .subquery(let subquery):
                if subquery.at != nil || isNegative(subquery.offset) { found = true }
            default: break
            }
            return !found
        }
        return found
    }

    private static func isNegative(_ duration: DurationExpression) -> Bool {
        (duration.literalMillis ?? -1) < 0
    }
}
