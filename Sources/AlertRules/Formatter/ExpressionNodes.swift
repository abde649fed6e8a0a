import StrictYAML

/// An expression's scalar and what surrounds it.
struct ExpressionNode {
    var value: YAMLNode
    /// Spaces before the keys of its mapping.
    var keyIndent: Int
    /// Whether it stands inside `{…}` or `[…]`, where no block scalar may stand.
    var isInFlow: Bool
}

/// Finds the expressions of a rule file or a unit-test file.
struct ExpressionNodes {
    private(set) var found: [ExpressionNode] = []
    /// Key paths of all expressions, those that share an anchor included.
    private(set) var paths: Set<String> = []
    private var places: Set<SourcePlace> = []

    private struct SourcePlace: Hashable {
        var line: Int
        var column: Int

        init(_ node: YAMLNode) { (line, column) = (node.line, node.column) }
    }

    /// False when the document is something else.
    mutating func scan(_ root: YAMLNode) -> Bool {
        let groups = value("groups", of: root)
        let tests = value("tests", of: root)
        let isFlow = root.isFlowCollection
        for group in items(groups) {
            let rules = value("rules", of: group)
            let inFlow = isFlow || [groups, group, rules].contains { $0?.isFlowCollection == true }
            for rule in items(rules) { note("expr", of: rule, inFlow) }
        }
        for test in items(tests) {
            let cases = value("promql_expr_test", of: test)
            let inFlow = isFlow || [tests, test, cases].contains { $0?.isFlowCollection == true }
            for item in items(cases) { note("expr", of: item, inFlow) }
        }
        return groups != nil || tests != nil
    }

    private func value(_ key: String, of node: YAMLNode) -> YAMLNode? {
        guard case .mapping(let entries) = node.content else { return nil }
        return entries.first { $0.key.scalarText == key }?.value
    }

    private func items(_ node: YAMLNode?) -> [YAMLNode] { (try? node?.sequence()) ?? [] }

    private mutating func note(_ key: String, of node: YAMLNode, _ inFlow: Bool) {
        guard case .mapping(let entries) = node.content else { return }
        for (name, value) in entries where name.scalarText == key {
            if let text = value.scalarText, !text.isEmpty, !value.isNull { note(name, value, of: node, inFlow) }
        }
    }

    private mutating func note(_ key: YAMLNode, _ value: YAMLNode, of node: YAMLNode, _ inFlow: Bool) {
        paths.insert(value.keyPath)
        guard places.insert(SourcePlace(value)).inserted else { return }
        found.append(
            ExpressionNode(value: value, keyIndent: key.column - 1, isInFlow: inFlow || node.isFlowCollection))
    }

    /// Takes out what an anchor shares with something that is no expression, so that only the rest is formatted.
    mutating func dropShared(in root: YAMLNode) -> [RuleFileError] {
        guard root.fileBytes.contains(UInt8(ascii: "&")) else { return [] }
        var others: [SourcePlace: String] = [:]
        var pending = [root]
        while let node = pending.popLast() {
            switch node.content {
            case .sequence(let items): pending += items
            case .mapping(let entries): pending += entries.flatMap { [$0.key, $0.value] }
            case .scalar:
                let place = SourcePlace(node)
                if places.contains(place), !paths.contains(node.keyPath) { others[place] = node.keyPath }
            }
        }
        let shared = found.filter { others[SourcePlace($0.value)] != nil }
        if shared.isEmpty { return [] }
        found.removeAll { others[SourcePlace($0.value)] != nil }
        return shared.map { node in
            RuleFileError(
                at: node.value,
                "the expression shares an anchor with \(others[SourcePlace(node.value)] ?? ""), which is no expression, "
                    + "so it is left as it is")
        }
    }
}
