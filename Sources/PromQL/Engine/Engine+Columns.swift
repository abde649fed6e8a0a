extension Engine {
    /// Evaluates as ``range(_:from:through:step:)``, for as many steps as `count` says; columns have no order, and
    /// some may be empty. A scalar is a column without labels.
    ///
    /// - Parameter sharing: parts that occur in other expressions too, which are evaluated over the same steps.
    /// - Throws: ``EvaluationError``, or what the source throws.
    package func columns(
        _ expression: Expression, from: Int64, step: Int64, count: Int, sharing: SharedParts? = nil
    ) throws -> [StepColumn] {
        guard count <= options.maxSteps else { throw EvaluationError.tooManySteps(limit: options.maxSteps) }
        let grid = StepGrid(start: StepGrid.clamped(from), step: step, count: count)
        let evaluation = Evaluation(source: source, options: options, query: grid, end: grid.end)
        evaluation.sharedParts = sharing ?? SharedParts([expression])
        switch try evaluation.evaluate(expression, grid) {
        case .string: throw EvaluationError.failed("a string has no columns")
        case .scalar(let values): return [StepColumn(scalar: values)]
        case .vector(let columns): return try evaluation.finished(columns).map(StepColumn.init)
        }
    }
}
