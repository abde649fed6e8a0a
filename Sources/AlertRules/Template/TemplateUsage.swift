/// What a template reads, found by walking its tree; in doubt it says "everything".
struct TemplateUsage {
    private(set) var usesQuery = false
    private(set) var followsFromLabels = true
    private(set) var labels: Set<String> = []
    /// Whether the value is written out, not only asked about by an `if`.
    private(set) var printsValue = false
    private var isCondition = false
    /// Whether the dot is something else than the alert's data: inside of `range` and `with`, and in definitions.
    var isDotRebound = false

    mutating func visit(_ nodes: [TemplateNode]) {
        for node in nodes {
            switch node {
            case .text, .leave: break
            case .action(let pipeline): visit(pipeline)
            case .branch(let branch):
                isCondition = branch.kind == .when
                visit(branch.pipeline)
                isCondition = false
                let wasRebound = isDotRebound
                isDotRebound = wasRebound || branch.kind != .when
                visit(branch.body)
                isDotRebound = wasRebound
                visit(branch.otherwise)
            case .template(_, let pipeline, _):
                if let pipeline { visit(pipeline) }
            }
        }
    }

    private mutating func visit(_ pipeline: TemplatePipeline) {
        for operand in pipeline.commands.flatMap(\.operands) { visit(operand) }
    }

    private mutating func visit(_ operand: TemplateOperand) {
        switch operand.kind {
        case .none, .bool, .number, .string: break
        case .identifier(let name):
            if name == "query" { usesQuery = true }
            if name == "query" || name == "now" { followsFromLabels = false }
        case .field where isDotRebound: followsFromLabels = false
        case .field(let names) where names[0] == "Labels": note(names.dropFirst())
        case .variable("$labels", let names): note(names[...])
        case .variable("$", let names) where names.first == "Labels": note(names.dropFirst())
        case .variable("$externalLabels", _), .variable("$externalURL", _): break
        case .variable("$value", _), .field(["Value"]), .variable("$", ["Value"]):
            followsFromLabels = false
            if !isCondition { printsValue = true }
        case .chain(let inner, _): visit(inner)
        case .pipeline(let pipeline): visit(pipeline)
        case .dot, .field, .variable: followsFromLabels = false
        }
    }

    private mutating func note(_ names: ArraySlice<String>) {
        if let name = names.first { labels.insert(name) }
    }
}
