import PromQL

/// Comments inside expressions: `promql/comment`.
enum CommentChecks {
    static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        guard let node = scope.rule.nodes.expression, let comment = SwallowingComment(in: node) else { return }
        report.add(
            .comment,
            at: SourceRange(start: comment.range.lowerBound, end: comment.range.upperBound, line: 1, column: 1),
            "YAML joins these lines, so the comment swallows what follows: `\(comment.swallowed)` is not evaluated",
            "write the expression as a | block")
    }
}
