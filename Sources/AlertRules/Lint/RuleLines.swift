import StrictYAML

/// Which lines of a file are about which rule.
struct RuleLines {
    /// For each line, from 0, the first line of the rule that has text on it; for a comment outside of rules that of
    /// the rule below, when only comments lie between. Nil is a line of no rule.
    private(set) var meant: [Int?]

    private let lines: [ArraySlice<UInt8>]

    init(_ root: YAMLNode, _ lines: [ArraySlice<UInt8>]) {
        self.lines = lines
        meant = Array(repeating: nil, count: lines.count)
        var starts: Set<Int> = []
        for group in RuleLines.items("groups", of: root) {
            for rule in RuleLines.items("rules", of: group) where starts.insert(rule.line).inserted {
                let last = min(lines.count, lastLine(of: rule))
                for line in rule.line..<max(rule.line, last + 1) { meant[line - 1] = rule.line }
            }
        }
        giveComments(to: starts)
    }

    /// From the end, so that a run of comments is passed once.
    private mutating func giveComments(to starts: Set<Int>) {
        var next: Int?
        for index in lines.indices.reversed() {
            if let rule = meant[index] {
                next = starts.contains(index + 1) ? rule : nil
            } else if RuleLines.firstByte(lines[index]) != UInt8(ascii: "#") {
                next = nil
            } else {
                meant[index] = next
            }
        }
    }

    private static func items(_ key: String, of node: YAMLNode) -> [YAMLNode] {
        guard case .mapping(let entries) = node.content,
            let value = entries.first(where: { $0.key.scalarText == key })?.value,
            case .sequence(let items) = value.content
        else { return [] }
        return items
    }

    /// The last line with text of a rule, which may be a comment inside a block scalar.
    private func lastLine(of rule: YAMLNode) -> Int {
        var end = rule
        var pending = [rule]
        while let node = pending.popLast() {
            switch node.content {
            case .sequence(let items): pending += items
            case .mapping(let entries): pending += entries.flatMap { [$0.key, $0.value] }
            case .scalar: if (node.line, node.column) > (end.line, end.column) { end = node }
            }
        }
        var last = end.line
        if let source = end.scalarSource { last = end.filePlace(ofByte: max(0, source.range.upperBound - 1)).line }
        while last < lines.count, let byte = RuleLines.firstByte(lines[last]),
            byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
        {
            last += 1
        }
        return max(rule.line, last)
    }

    private static func firstByte(_ line: ArraySlice<UInt8>) -> UInt8? {
        line.first { $0 != UInt8(ascii: " ") && $0 != 9 }
    }
}
