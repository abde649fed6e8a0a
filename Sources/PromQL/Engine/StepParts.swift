import TimeSeries

/// Parts of one expression, evaluated over the steps of a range for evaluations at single steps that follow.
///
/// For expressions that as a whole can only be evaluated step by step, because they read what they wrote before: most
/// of what they read is there from the start.
package struct StepParts: Sendable {
    private let grid: StepGrid
    private let results: [SourceRange: StepValue]

    /// Evaluates the largest parts that are ready; nil when there are none.
    ///
    /// - Parameters:
    ///   - parts: of one expression, found by ``parts(of:where:)``.
    ///   - sharing: parts that occur in other expressions too, which are evaluated over the same steps.
    ///   - maxPoints: values that the results may hold.
    package init?(
        _ parts: [Expression], engine: Engine, from: Int64, step: Int64, count: Int, sharing: SharedParts? = nil,
        maxPoints: Int = 16_000_000
    ) {
        let grid = StepGrid(start: StepGrid.clamped(from), step: step, count: count)
        var results: [SourceRange: StepValue] = [:]
        var points = 0
        for part in parts {
            let evaluation = Evaluation(source: engine.source, options: engine.options, query: grid, end: grid.end)
            evaluation.sharedParts = sharing
            // What fails over the range is left to the steps, which tell when it fails.
            guard let value = try? evaluation.evaluate(part, grid) else { continue }
            points += value.pointCount
            if points > maxPoints { break }
            results[part.source] = value
        }
        if results.isEmpty { return nil }
        self.grid = grid
        self.results = results
    }

    /// The largest parts that are more than a literal and for which `isReady` holds.
    package static func parts(of expression: Expression, where isReady: (Expression) -> Bool) -> [Expression] {
        var found: [Expression] = []
        expression.walk { part in
            switch part {
            case .range: return false
            case .selector, .call, .aggregation, .binary, .unary, .parenthesized:
                guard part.type == .vector || part.type == .scalar, isReady(part) else { return true }
                found.append(part)
                return false
            default: return true
            }
        }
        return found
    }

    /// The result of a part at the only step of a grid.
    func value(of part: Expression, _ wanted: StepGrid) -> StepValue? {
        switch part {
        case .number, .string, .range, .subquery: return nil
        default: break
        }
        let (index, rest) = (wanted.start - grid.start).quotientAndRemainder(dividingBy: grid.step)
        guard wanted.count == 1, rest == 0, index >= 0, index < grid.count, let result = results[part.source] else {
            return nil
        }
        return result.at(Int(index))
    }
}

extension StepValue {
    /// The value at one step.
    fileprivate func at(_ step: Int) -> StepValue {
        switch self {
        case .scalar(let values): return .scalar([values[step]])
        case .string: return self
        case .vector(let columns):
            return .vector(
                columns.compactMap { column in
                    guard column.isPresent(step) else { return nil }
                    var one = Column(
                        labels: column.labels, dropsName: column.dropsName, values: [column.values[step]])
                    if let histogram = column.shared(step) { one.histograms = [histogram] }
                    return one
                })
        }
    }
}
