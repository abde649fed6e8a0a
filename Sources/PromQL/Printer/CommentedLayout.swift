/// Prometheus's layout with the query's comments kept, which Prometheus drops.
///
/// What holds a comment that stays inside is split as if it were too long. A comment that ends a line stays behind what it followed; one
/// on a line of its own stays before what it preceded; one inside of what cannot be split (a selector) moves before it.
struct CommentedLayout {
    let layout: ExpressionLayout
    let bytes: [UInt8]
    let comments: [QueryComment]

    func text(_ root: Expression) -> String {
        var lines = own(in: 0, root.source.start, level: 0) + own(hoisted(root), level: 0) + self.lines(root, level: 0)
        close(&lines, comments.filter { $0.offset >= root.source.end }, level: 0)
        return lines.joined(separator: "\n")
    }

    private func comments(_ start: Int, _ end: Int) -> [QueryComment] {
        comments.filter { $0.offset >= start && $0.offset < end }
    }

    private func indent(_ level: Int) -> String { String(repeating: "  ", count: level) }

    private func own(_ comments: [QueryComment], level: Int) -> [String] { comments.map { indent(level) + $0.text } }

    private func own(in start: Int, _ end: Int, level: Int) -> [String] { own(comments(start, end), level: level) }

    /// Puts a comment behind the last line when it followed what that line ends with, others below.
    private func close(_ lines: inout [String], _ comments: [QueryComment], level: Int) {
        var rest = comments[...]
        if let first = rest.first, first.isTrailing, let last = lines.popLast() {
            lines.append(last + " " + first.text)
            rest = rest.dropFirst()
        }
        lines += own(Array(rest), level: level)
    }

    /// Comments that have no place inside the node and go before it.
    private func hoisted(_ node: Expression) -> [QueryComment] {
        let source = node.source
        switch node {
        case .unary(let unary): return comments(source.start, unary.operand.source.start) + hoisted(unary.operand)
        case .subquery(let subquery):
            return hoisted(subquery.inner) + comments(subquery.inner.source.end, source.end)
        case .binary(let binary): return hoisted(binary.left)
        case .parenthesized, .aggregation: return []
        case .call(let call) where !call.arguments.isEmpty: return []
        case .number, .string, .selector, .range, .call: return comments(source.start, source.end)
        }
    }

    /// The node's lines, without the comments that go before it.
    private func lines(_ node: Expression, level: Int) -> [String] {
        let source = node.source
        let before = hoisted(node)
        if comments(source.start, source.end).allSatisfy(before.contains) {
            return layout.text(node, level: level).split(separator: "\n").map(String.init)
        }
        switch node {
        case .number, .string, .selector, .range: return [indent(level) + node.description]
        case .unary(let unary):
            var lines = self.lines(unary.operand, level: level)
            lines[0] = indent(level) + (unary.isNegative ? "-" : "+") + lines[0].drop { $0 == " " }
            return lines
        case .subquery(let subquery):
            var lines = self.lines(subquery.inner, level: level)
            lines[lines.count - 1] += ExpressionText.suffix(subquery)
            return lines
        case .parenthesized: return bracketed("", node, level)
        case .aggregation(let aggregation): return bracketed(ExpressionText.head(aggregation), node, level)
        case .call(let call): return bracketed(call.function.rawValue, node, level)
        case .binary(let binary): return operation(binary, level)
        }
    }

    private func bracketed(_ head: String, _ node: Expression, _ level: Int) -> [String] {
        let items = node.children
        guard !items.isEmpty else { return [indent(level) + node.description] }
        var lines = [indent(level) + head + "("]
        var before = comments(node.source.start, items[0].source.start)
        for (index, item) in items.enumerated() {
            lines += own(before + hoisted(item), level: level + 1) + self.lines(item, level: level + 1)
            let isLast = index == items.count - 1
            var after = comments(item.source.end, isLast ? node.source.end : items[index + 1].source.start)
            if !isLast { lines[lines.count - 1] += "," }
            if isLast || after.first?.isTrailing == true {
                close(&lines, isLast ? after : Array(after.prefix(1)), level: level + 1)
                after = Array(after.dropFirst())
            }
            before = after
        }
        return lines + [indent(level) + ")"]
    }

    private func operation(_ node: BinaryOperation, _ level: Int) -> [String] {
        let (end, next) = (node.left.source.end, node.right.source.start)
        let middle = operatorPlace(from: end)
        var lines = self.lines(ExpressionText.left(node), level: level + 1)
        close(&lines, comments(end, middle), level: level)
        lines.append(indent(level) + ExpressionText.middle(node))
        lines += own(comments(middle, next) + hoisted(node.right), level: level + 1)
        return lines + self.lines(node.right, level: level + 1)
    }

    /// The first byte behind the left operand that is neither white space nor part of a comment.
    private func operatorPlace(from start: Int) -> Int {
        var place = start
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "#") {
                place = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            } else if bytes[place] > 0x20 {
                break
            } else {
                place += 1
            }
        }
        return place
    }
}
