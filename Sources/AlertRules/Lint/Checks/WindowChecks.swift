import PromQL

/// Windows, steps and times: `promql/window`, `promql/subquery`, `promql/offset`, `promql/mixed-windows`.
enum WindowChecks {
    /// Functions that need two samples at least.
    private static let pairs: Set<PromQLFunction> = [
        .rate, .increase, .irate, .delta, .idelta, .deriv, .predictLinear, .changes, .resets,
    ]

    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        scope.visit { node, ancestors in
            switch node {
            case .range(let range): window(range, caller(ancestors), scope, &report)
            case .subquery(let subquery):
                self.subquery(subquery, caller(ancestors), &report)
                time(node.source, subquery.at, subquery.offset, scope, &report)
            case .selector(let selector): time(selector.source, selector.at, selector.offset, scope, &report)
            case .binary(let binary) where binary.operation == .divide: ratio(binary, &report)
            default: break
            }
        }
    }

    private static func caller(_ ancestors: RuleScope.Ancestors) -> PromQLFunction? {
        for ancestor in ancestors {
            switch ancestor {
            case .parenthesized: continue
            case .call(let call): return call.function
            default: return nil
            }
        }
        return nil
    }

    // MARK: Windows and intervals

    private static func window(
        _ range: RangeSelector, _ caller: PromQLFunction?, _ scope: RuleScope, _ report: inout RuleReport
    ) {
        guard let window = range.range.literalMillis, let caller else { return }
        let shown = formatPrometheusDuration(window)
        if let spacing = spacing(of: range.selector.name, scope), pairs.contains(caller), window < 2 * spacing.millis {
            report.add(
                .window, at: range.source,
                "\(caller.rawValue)() needs two samples, but \(spacing.reason), so \(shown) often hold only one",
                "use a window of \(formatPrometheusDuration(4 * spacing.millis)) or more")
        } else if let interval = scope.group.intervalMillis, window < interval {
            report.add(
                .window, at: range.source,
                "the group runs every \(formatPrometheusDuration(interval)) and looks back \(shown): what happens in "
                    + "between is never seen", "use a window as long as the interval, or longer",
                severity: [.rate, .increase, .changes].contains(caller) ? nil : .hint)
        }
    }

    /// How far apart the samples of a metric are, where that is known.
    private static func spacing(of name: String, _ scope: RuleScope) -> (millis: Int64, reason: String)? {
        if let writers = scope.context.recorded[name] {
            let intervals = writers.compactMap(\.group.intervalMillis)
            guard let interval = intervals.min(), intervals.count == writers.count else { return nil }
            return (interval, "\(name) is recorded every \(formatPrometheusDuration(interval))")
        }
        guard let interval = scope.context.settings.scrapeIntervalMillis else { return nil }
        return (interval, "targets are scraped every \(formatPrometheusDuration(interval))")
    }

    private static func subquery(_ node: Subquery, _ caller: PromQLFunction?, _ report: inout RuleReport) {
        let place = Expression.subquery(node).source
        if let range = node.range.literalMillis, let step = node.step?.literalMillis, step > 0 {
            let needed: Int64 = caller.map(pairs.contains) == true ? 2 : 1
            if range < needed * step {
                report.add(
                    .subquery, at: place,
                    "\(formatPrometheusDuration(range)) hold \(range < step ? "at most one step" : "one step") of "
                        + formatPrometheusDuration(step)
                        + (needed == 2 ? ", too few for \(caller?.rawValue ?? "")()" : ""),
                    "use a longer range or a shorter step")
                return
            }
        }
        if case .selector = node.inner.withoutParentheses, let caller, caller != .absentOverTime {
            report.add(
                .subquery, at: place,
                "a subquery over a plain selector looks at it step by step and may miss samples or see them twice",
                "use \(node.inner.withoutParentheses.shown)[\(node.range)]", severity: .hint)
        }
    }

    // MARK: Times

    private static func time(
        _ place: SourceRange, _ at: AtModifier?, _ offset: DurationExpression, _ scope: RuleScope,
        _ report: inout RuleReport
    ) {
        if case .timestamp? = at {
            report.add(
                .offset, at: place, "a rule that reads a fixed time gives the same result at every evaluation",
                "leave the @ modifier out")
        }
        if let millis = offset.literalMillis, millis < -scope.group.queryOffsetMillis {
            report.add(
                .offset, at: place,
                "offset \(formatPrometheusDuration(millis)) reads the future, of which a rule that runs now knows nothing",
                "use a positive offset, or set the group's query_offset")
        }
    }

    // MARK: Ratios

    private static func ratio(_ node: BinaryOperation, _ report: inout RuleReport) {
        guard let left = rateWindow(node.left), let right = rateWindow(node.right), left != right else { return }
        report.add(
            .mixedWindows, at: Expression.binary(node).source,
            "the ratio divides rates over \(formatPrometheusDuration(left)) by rates over "
                + formatPrometheusDuration(right), "use the same window on both sides")
    }

    /// The window of the rates in an expression, when there is but one.
    private static func rateWindow(_ expression: Expression) -> Int64? {
        var windows: Set<Int64> = []
        expression.walk { node in
            if case .call(let call) = node, [.rate, .irate].contains(call.function),
                case .range(let range)? = call.arguments.first?.withoutParentheses,
                let millis = range.range.literalMillis
            {
                windows.insert(millis)
            }
            if case .call(let call) = node, call.function != .rate, call.function != .irate, node.type == .vector,
                call.arguments.contains(where: { $0.type == .matrix })
            {
                windows.insert(-1)
            }
            return true
        }
        guard let window = windows.first, windows.count == 1, window > 0 else { return nil }
        return window
    }
}
