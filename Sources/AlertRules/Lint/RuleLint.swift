import PromQL
import TimeSeries

/// Remarks on rule files that load but look wrong; each can be proven without data.
public enum RuleLint {
    /// `file:line:column: …`, in the order of the file.
    public static func warnings(of file: RuleFile) -> [RuleFileError] {
        var found: [RuleFileError] = []
        var seen: [String: Rule] = [:]
        for rule in file.groups.flatMap(\.rules) {
            let key = identity(of: rule)
            if let first = seen[key] {
                found.append(
                    warning(rule, "repeats the rule at line \(first.line): same name and labels; one of them is enough")
                )
            }
            seen[key] = seen[key] ?? rule
            found += rateWarnings(rule) + alertWarnings(rule)
        }
        return found
    }

    private static func identity(of rule: Rule) -> String {
        let labels = rule.labels.map { GoQuote.quoted($0.name) + "=" + GoQuote.quoted($0.template.text) }
        return "\(rule.kind.rawValue) \(rule.name) \(labels.joined(separator: ","))"
    }

    private static func warning(_ rule: Rule, _ text: String) -> RuleFileError {
        RuleFileError(file: rule.file, line: rule.line, column: rule.column, message: "\"\(rule.name)\": \(text)")
    }

    /// Counters end in `_total`, `_count`, `_sum` or `_bucket`; recorded names with colons are left alone.
    private static func rateWarnings(_ rule: Rule) -> [RuleFileError] {
        var found: [RuleFileError] = []
        rule.expression.walk { node in
            if case .call(let call) = node, [.rate, .increase, .irate].contains(call.function),
                case .range(let range)? = call.arguments.first?.withoutParentheses
            {
                let name = range.selector.name
                let isCounter = ["_total", "_count", "_sum", "_bucket"].contains { name.hasSuffix($0) }
                if !name.isEmpty, !name.contains(":"), !isCounter {
                    found.append(
                        warning(
                            rule,
                            "\(call.function.rawValue)() of \(name), which isn't named like a counter; "
                                + "for a gauge use delta() or deriv()"))
                }
            }
            return true
        }
        return found
    }

    private static func alertWarnings(_ rule: Rule) -> [RuleFileError] {
        guard rule.kind == .alerting else { return [] }
        var found: [RuleFileError] = []
        if rule.forMillis == 0, !rule.expression.usesWindow {
            found.append(
                warning(rule, "fires at the first evaluation; add 'for' so that a single bad sample pages nobody"))
        }
        if let kept = rule.expression.keptLabels {
            let own = Set(rule.labels.map(\.name))
            let used = Set((rule.labels + rule.annotations).flatMap(\.template.namedLabels))
            for name in used.subtracting(kept).subtracting(own).sorted() where name != AlertTable.nameLabel {
                found.append(
                    warning(rule, "a template uses $labels.\(name), but the expression's aggregation drops it"))
            }
        }
        return found
    }
}

extension Expression {
    /// Whether samples of a span of time are looked at, so that one bad sample doesn't decide alone.
    fileprivate var usesWindow: Bool {
        var found = false
        walk { node in
            switch node {
            case .range, .subquery: found = true
            default: break
            }
            return !found
        }
        return found
    }

    /// The labels that the result has at most; nil when they can't be told.
    fileprivate var keptLabels: Set<String>? {
        switch withoutParentheses {
        case .aggregation(let node):
            if node.isWithout || [.topk, .bottomk].contains(node.operation) { return nil }
            if node.operation == .countValues { return nil }
            return Set(node.grouping)
        case .binary(let node):
            if node.left.type == .scalar { return node.right.keptLabels }
            if node.right.type == .scalar { return node.left.keptLabels }
            guard let matching = node.matching, matching.cardinality != .oneToMany else { return nil }
            guard let left = node.left.keptLabels else { return nil }
            if matching.cardinality == .manyToMany {
                return node.right.keptLabels.map { left.union($0) }
            }
            return left.union(matching.include)
        case .unary(let node): return node.operand.keptLabels
        default: return nil
        }
    }
}
