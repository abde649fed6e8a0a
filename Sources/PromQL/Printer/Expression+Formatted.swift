import Locking

/// Prometheus's layout of long expressions (`promtool promql format`, `/api/v1/format_query`).
extension Expression {
    /// The width above which Prometheus breaks a line, in bytes.
    public static let formattedWidth = 100

    /// The expression on as many lines as it needs: what is longer than `width` bytes on one line is split at its
    /// operator, its brackets and its arguments, each level indented by two spaces. Reading it back gives the same
    /// expression, and formatting that gives the same text.
    ///
    /// Specified by Prometheus's `promql/parser/prettier.go`, whose oddities it keeps: a subquery that fits isn't
    /// indented, and both operands of a split operation stand deeper than the operator.
    public func formatted(width: Int = formattedWidth) -> String { ExpressionLayout(width: width).text(self, level: 0) }
}

extension Expression {
    /// Formats a query as ``formatted(width:)`` does, but keeps its comments; nil where one of them would be lost.
    ///
    /// - Throws: ``PromQLError`` when the text is no expression.
    public static func formatted(
        _ text: String, options: ParserOptions = ParserOptions(), width: Int = formattedWidth
    ) throws(PromQLError) -> String? {
        try Parser.parse(text, options: options).formatted(keepingCommentsOf: text, width: width)
    }

    /// As ``formatted(_:options:width:)``, for the expression that was parsed from the text.
    public func formatted(keepingCommentsOf text: String, width: Int = formattedWidth) -> String? {
        if !text.utf8.contains(UInt8(ascii: "#")) { return formatted(width: width) }
        let bytes = Array(text.utf8)
        let comments = QueryComment.scan(bytes)
        if comments.isEmpty { return formatted(width: width) }
        let layout = CommentedLayout(layout: ExpressionLayout(width: width), bytes: bytes, comments: comments)
        let formatted = layout.text(self)
        let kept = QueryComment.scan(Array(formatted.utf8))
        return kept.map(\.text).sorted() == comments.map(\.text).sorted() ? formatted : nil
    }
}

/// Where lines are broken and how far they are indented.
struct ExpressionLayout {
    let width: Int

    func text(_ node: Expression, level: Int) -> String {
        let indent = String(repeating: "  ", count: level)
        switch node {
        case .number, .string, .selector, .range: return indent + node.description
        case .unary(let unary):
            let operand = text(unary.operand, level: level).drop { $0 == " " }
            return indent + (unary.isNegative ? "-" : "+") + operand
        case .subquery(let subquery):
            let line = node.description
            return line.utf8.count <= width
                ? line : text(subquery.inner, level: level) + ExpressionText.suffix(subquery)
        case .parenthesized, .binary, .call, .aggregation:
            let line = node.description
            if line.utf8.count <= width { return indent + line }
            if level % 400 != 24 { return split(node, level, indent) }
            return DeepStack.run { split(node, level, indent) }?.get() ?? indent + line
        }
    }

    private func split(_ node: Expression, _ level: Int, _ indent: String) -> String {
        switch node {
        case .parenthesized(let inner): return bracketed("", [inner.inner], level, indent)
        case .call(let call): return bracketed(call.function.rawValue, call.arguments, level, indent)
        case .aggregation: return bracketed(head(of: node), node.children, level, indent)
        case .binary(let binary):
            return text(ExpressionText.left(binary), level: level + 1) + "\n" + indent + ExpressionText.middle(binary)
                + "\n"
                + text(binary.right, level: level + 1)
        default: return indent + node.description
        }
    }

    private func head(of node: Expression) -> String {
        if case .aggregation(let aggregation) = node { return ExpressionText.head(aggregation) }
        return ""
    }

    private func bracketed(_ head: String, _ items: [Expression], _ level: Int, _ indent: String) -> String {
        let lines = items.map { text($0, level: level + 1) }.joined(separator: ",\n")
        return indent + head + "(\n" + lines + "\n" + indent + ")"
    }
}
