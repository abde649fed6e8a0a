import TimeSeries

extension Evaluation {
    /// `count_values`: one column a group and value; each value is written as text once.
    func countValues(_ node: Aggregation, label: String, _ grid: StepGrid) throws -> [Column] {
        if case .string(let literal)? = node.parameter?.withoutParentheses, let invalid = literal.invalidText {
            throw EvaluationError.failed("invalid label name \(invalid)")
        }
        if label.isEmpty { throw EvaluationError.failed("invalid label name \(Labels.quoted(label))") }
        let columns = try vector(node.operand, grid)
        var counts = ValueCounts(node, label: label, steps: grid.count)
        for column in columns { try counts.add(column) { try hold(grid.count) } }
        return counts.columns
    }
}
