/// The tree of a template. Every node that can fail carries its byte position.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case branch(TemplateBranch)
    case template(name: String, pipeline: TemplatePipeline?, position: Int)
    case leave(isBreak: Bool)
}

/// `if`, `with` or `range`, with its two bodies.
struct TemplateBranch: Sendable {
    enum Kind: String, Sendable {
        case when = "if"
        case with
        case range
    }

    var kind: Kind
    var pipeline: TemplatePipeline
    var body: [TemplateNode]
    var otherwise: [TemplateNode]
    var position: Int
}

/// `$a, $b := first | second`.
struct TemplatePipeline: Sendable {
    var variables: [String] = []
    var isAssignment = false
    var commands: [TemplateCommand] = []
    var position: Int

    /// As Go prints it in error texts.
    var description: String {
        let left = variables.isEmpty ? "" : variables.joined(separator: ", ") + (isAssignment ? " = " : " := ")
        return left + commands.map(\.description).joined(separator: " | ")
    }
}

/// Operands separated by spaces: a function with its arguments, or a single value.
struct TemplateCommand: Sendable {
    var operands: [TemplateOperand]
    var position: Int

    var description: String {
        operands.map { operand in
            if case .pipeline(let inner) = operand.kind { "(\(inner.description))" } else { operand.description }
        }.joined(separator: " ")
    }
}

/// One operand and where it stands.
struct TemplateOperand: Sendable {
    indirect enum Kind: Sendable {
        case dot
        case none
        case bool(Bool)
        case number(TemplateNumber, text: String)
        case string(String, literal: String)
        case identifier(String)
        /// `.a.b`
        case field([String])
        /// `$x.a.b`
        case variable(String, fields: [String])
        /// `(…).a.b`
        case chain(TemplateOperand, fields: [String])
        case pipeline(TemplatePipeline)
    }

    var kind: Kind
    var position: Int

    var description: String {
        switch kind {
        case .dot: "."
        case .none: "nil"
        case .bool(let value): value ? "true" : "false"
        case .number(_, let text): text
        case .string(_, let literal): literal
        case .identifier(let name): name
        case .field(let names): names.map { "." + $0 }.joined()
        case .variable(let name, let fields): name + fields.map { "." + $0 }.joined()
        case .chain(let operand, let fields):
            if case .pipeline = operand.kind {
                "(\(operand.description))" + fields.map { "." + $0 }.joined()
            } else {
                operand.description + fields.map { "." + $0 }.joined()
            }
        case .pipeline(let pipeline): pipeline.description
        }
    }
}
