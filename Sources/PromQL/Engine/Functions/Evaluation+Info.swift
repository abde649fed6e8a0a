import TimeSeries

extension Evaluation {
    /// `info(v, {…})`: adds the labels of info series with the same `instance` and `job`.
    ///
    /// The second argument says which info series (by name, `target_info` without it) and which of their labels.
    func info(_ node: FunctionCall, _ grid: StepGrid) throws -> [Column] {
        let time = try infoTime(node.arguments[0], []) ?? (nil, 0)
        let base = try vector(node.arguments[0], grid)
        var choice = InfoChoice()
        if node.arguments.count > 1, case .selector(let selector) = node.arguments[1] {
            choice = InfoChoice(selector.matchers)
        }
        let window = instantWindow(grid, fixedMillis: time.fixedMillis, offsetMillis: time.offsetMillis)
        let sources = try infoSources(choice, base, window)
        var join = InfoJoin(choice: choice, sources: sources, steps: grid.count)
        for column in base { join.add(base: column) }
        for step in 0..<grid.count {
            try checkCancelled()
            try join.combine(step)
        }
        try hold(join.result.reduce(0) { $0 + $1.pointCount })
        return join.result
    }

    /// The `@` time and the offset of the first selector of an expression, those of subqueries around it included:
    /// the info series are those of that time.
    private func infoTime(
        _ expression: Expression, _ around: [Subquery]
    ) throws -> (fixedMillis: Int64?, offsetMillis: Int64)? {
        switch expression {
        case .selector(let selector):
            var fixed = fixedTime(selector.at)
            var offset = try millis(selector.offset, positive: false)
            for subquery in around.reversed() where fixed == nil {
                offset += try millis(subquery.offset, positive: false)
                fixed = fixedTime(subquery.at)
            }
            return (fixed, offset)
        case .subquery(let subquery): return try infoTime(subquery.inner, around + [subquery])
        default:
            for child in expression.children {
                if let found = try infoTime(child, around) { return found }
            }
            return nil
        }
    }

    /// The info series that can match some base series.
    private func infoSources(
        _ choice: InfoChoice, _ base: [Column], _ window: InstantWindow
    ) throws -> [InfoJoin.Source] {
        var wanted: [String: Set<String>] = [:]
        for column in base where !choice.isInfo(column.labels) {
            for name in InfoChoice.identifyingLabels {
                let value = column.labels[name]
                if !value.isEmpty { wanted[name, default: []].insert(value) }
            }
        }
        if wanted.isEmpty { return [] }
        let series = try select(choice.selection, from: window.first, through: window.last)
        var sources: [InfoJoin.Source] = []
        for one in series where wanted.allSatisfy({ $0.value.contains(one.labels[$0.key]) }) {
            try hold(window.grid.count)
            var times = [Int64](repeating: .min, count: window.grid.count)
            var hasHistogram = false
            window.forEach(in: one) { step, place in
                times[step] = one.timestamps[place]
                if one.values[place].isHistogramMarker { hasHistogram = true }
            }
            if hasHistogram {
                throw EvaluationError.failed("this should be an info metric, with float samples: \(one.labels)")
            }
            if times.contains(where: { $0 != .min }) {
                sources.append(InfoJoin.Source(labels: one.labels, times: times))
            }
        }
        return sources
    }
}
