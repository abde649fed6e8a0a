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
    private var places: Set<Int> = []

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

    private func value(_ key: String, of node: YAMLNode) -> YAMLNode? { entry(key, of: node)?.value }

    private func entry(_ key: String, of node: YAMLNode) -> (key: YAMLNode, value: YAMLNode)? {
        (try? node.mapping())?.entries.first { $0.key.scalarText == key }
    }

    private func items(_ node: YAMLNode?) -> [YAMLNode] { (try? node?.sequence()) ?? [] }

    private mutating func note(_ key: String, of node: YAMLNode, _ inFlow: Bool) {
        guard let (key, value) = entry(key, of: node), !value.isNull, value.scalarText?.isEmpty == false else { return }
        paths.insert(value.keyPath)
        guard places.insert(value.scalarSource?.range.lowerBound ?? -value.line).inserted else { return }
        found.append(
            ExpressionNode(value: value, keyIndent: key.column - 1, isInFlow: inFlow || node.isFlowCollection))
    }
}
