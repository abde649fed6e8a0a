import PromQL

/// One rule with what surrounds it, as the checks see it.
final class RuleScope {
    let rule: Rule
    let group: RuleGroup
    let context: LintContext
    /// The expression's selectors, found once for all checks.
    let selectors: [VectorSelector]
    /// The labels of what the expression returns.
    lazy var labels = LabelKnowledge(rule.expression)
    /// The nodes of the expression, parents first, with the places of their parents; -1 for the root.
    private let nodes: [(node: Expression, parent: Int)]

    init(rule: Rule, group: RuleGroup, context: LintContext, selectors: [VectorSelector]) {
        (self.rule, self.group, self.context, self.selectors) = (rule, group, context, selectors)
        var nodes: [(node: Expression, parent: Int)] = []
        RuleScope.add(rule.expression, below: -1, to: &nodes)
        self.nodes = nodes
    }

    private static func add(_ node: Expression, below parent: Int, to nodes: inout [(node: Expression, parent: Int)]) {
        let place = nodes.count
        nodes.append((node, parent))
        for child in node.children { add(child, below: place, to: &nodes) }
    }

    var expression: Expression { rule.expression }
    var isAlert: Bool { rule.kind == .alerting }

    /// The nodes above one of the expression, the nearest first.
    struct Ancestors: Sequence, IteratorProtocol {
        fileprivate let nodes: [(node: Expression, parent: Int)]
        fileprivate var place: Int

        mutating func next() -> Expression? {
            guard place >= 0 else { return nil }
            defer { place = nodes[place].parent }
            return nodes[place].node
        }
    }

    /// Calls `visit` for all nodes of the expression with what is above them, parents first.
    func visit(_ visit: (Expression, Ancestors) -> Void) {
        for (node, parent) in nodes { visit(node, Ancestors(nodes: nodes, place: parent)) }
    }
}
