/// Parses a template by the grammar of Go's text/template, with its error texts.
struct TemplateParser {
    private let name: String
    private let text: String
    private let functions: Set<String>
    private var tokens: [TemplateToken]
    private var index = 0
    private var variables: [String]
    private var rangeDepth = 0
    private var depth = 0
    private(set) var definitions: [String: [TemplateNode]] = [:]

    /// Parentheses and control structures inside each other; each level costs stack.
    private static let maxDepth = 100

    /// Throws `TemplateError`. `variables` are the names defined before the text begins (`$`, `$labels`, …).
    static func parse(
        _ text: String, name: String, variables: [String], functions: Set<String>
    ) throws(TemplateError) -> (root: [TemplateNode], definitions: [String: [TemplateNode]]) {
        var parser = TemplateParser(
            name: name, text: text, functions: functions, tokens: TemplateLexer.tokens(of: text), variables: variables)
        let root = try parser.parseRoot()
        return (root, parser.definitions)
    }

    private init(name: String, text: String, functions: Set<String>, tokens: [TemplateToken], variables: [String]) {
        self.name = name
        self.text = text
        self.functions = functions
        self.tokens = tokens
        self.variables = variables
    }

    // MARK: Lists

    private mutating func parseRoot() throws(TemplateError) -> [TemplateNode] {
        var nodes: [TemplateNode] = []
        while peek.kind != .end {
            if peek.kind == .leftDelimiter, peekAfterDelimiter.isKeyword("define") {
                try parseDefinition()
                continue
            }
            switch try parseItem() {
            case .node(let node): nodes.append(node)
            case .finish(let word): throw failure("unexpected {{\(word)}}")
            case .nothing: break
            }
        }
        return nodes
    }

    private enum Item {
        case node(TemplateNode)
        case finish(String)
        case nothing
    }

    private mutating func parseList() throws(TemplateError) -> (nodes: [TemplateNode], end: String) {
        depth += 1
        defer { depth -= 1 }
        guard depth < TemplateParser.maxDepth else { throw failure("exceeded maximum nesting depth") }
        var nodes: [TemplateNode] = []
        while peekNonSpace.kind != .end {
            switch try parseItem() {
            case .node(let node): nodes.append(node)
            case .finish(let word): return (nodes, word)
            case .nothing: break
            }
        }
        throw failure("unexpected EOF")
    }

    private mutating func parseItem() throws(TemplateError) -> Item {
        let token = nextNonSpace()
        switch token.kind {
        case .text: return .node(.text(token.text))
        case .leftDelimiter: return try parseAction()
        default: throw unexpected(token, "input")
        }
    }

    private mutating func parseAction() throws(TemplateError) -> Item {
        let token = nextNonSpace()
        if token.kind == .keyword {
            switch token.text {
            case "if": return .node(.branch(try parseBranch(.when, token)))
            case "with": return .node(.branch(try parseBranch(.with, token)))
            case "range": return .node(.branch(try parseBranch(.range, token)))
            case "block": return .node(try parseBlock(token))
            case "template": return .node(try parseTemplateCall())
            case "break", "continue": return .node(try parseLeave(token))
            case "end":
                try expect(.rightDelimiter, "end")
                return .finish("end")
            case "else": return .finish(try parseElse())
            default: break
            }
        }
        index -= 1
        let pipeline = try parsePipeline("command", end: .rightDelimiter)
        return .node(.action(pipeline))
    }

    // MARK: Control structures

    private mutating func parseBranch(
        _ kind: TemplateBranch.Kind, _ token: TemplateToken
    ) throws(TemplateError) -> TemplateBranch {
        let scope = variables.count
        defer { variables.removeSubrange(min(scope, variables.count)...) }
        let pipeline = try parsePipeline(kind.rawValue, end: .rightDelimiter)
        if kind == .range { rangeDepth += 1 }
        var (body, end) = try parseList()
        if kind == .range { rangeDepth -= 1 }
        var otherwise: [TemplateNode] = []
        if end == "else" {
            if kind != .range, peekNonSpace.isKeyword(kind.rawValue) {
                let nested = nextNonSpace()
                depth += 1
                defer { depth -= 1 }
                guard depth < TemplateParser.maxDepth else { throw failure("exceeded maximum nesting depth") }
                otherwise = [.branch(try parseBranch(kind, nested))]
                end = "end"
            } else {
                (otherwise, end) = try parseList()
            }
            if end != "end" { throw failure("expected end; found {{\(end)}}") }
        }
        return TemplateBranch(
            kind: kind, pipeline: pipeline, body: body, otherwise: otherwise, position: token.position)
    }

    /// `{{else}}`, or `{{else if …}}`, whose `if` is left for the caller.
    private mutating func parseElse() throws(TemplateError) -> String {
        if peekNonSpace.isKeyword("if") || peekNonSpace.isKeyword("with") { return "else" }
        try expect(.rightDelimiter, "else")
        return "else"
    }

    private mutating func parseLeave(_ token: TemplateToken) throws(TemplateError) -> TemplateNode {
        let following = nextNonSpace()
        guard following.kind == .rightDelimiter else { throw unexpected(following, "{{\(token.text)}}") }
        guard rangeDepth > 0 else { throw failure("{{\(token.text)}} outside {{range}}") }
        return .leave(isBreak: token.text == "break")
    }

    private mutating func parseTemplateCall() throws(TemplateError) -> TemplateNode {
        let position = peekNonSpace.position
        let called = try parseTemplateName("template clause")
        guard nextNonSpace().kind != .rightDelimiter else {
            return .template(name: called, pipeline: nil, position: position)
        }
        index -= 1
        let pipeline = try parsePipeline("template clause", end: .rightDelimiter)
        return .template(name: called, pipeline: pipeline, position: position)
    }

    private mutating func parseBlock(_ token: TemplateToken) throws(TemplateError) -> TemplateNode {
        let defined = try parseTemplateName("block clause")
        let pipeline = try parsePipeline("block clause", end: .rightDelimiter)
        try parseBody(of: defined, context: "block clause")
        return .template(name: defined, pipeline: pipeline, position: token.position)
    }

    private mutating func parseDefinition() throws(TemplateError) {
        index += 1
        _ = nextNonSpace()
        let defined = try parseTemplateName("define clause")
        try expect(.rightDelimiter, "define clause")
        try parseBody(of: defined, context: "define clause")
    }

    /// A template of its own: only `$` is defined inside.
    private mutating func parseBody(of defined: String, context: String) throws(TemplateError) {
        let outer = (variables, rangeDepth)
        (variables, rangeDepth) = (["$"], 0)
        let (body, end) = try parseList()
        (variables, rangeDepth) = outer
        if end != "end" { throw failure("unexpected {{\(end)}} in \(context)") }
        definitions[defined] = body
    }

    private mutating func parseTemplateName(_ context: String) throws(TemplateError) -> String {
        let token = nextNonSpace()
        guard token.kind == .string || token.kind == .rawString else { throw unexpected(token, context) }
        guard let called = GoQuote.unquoted(token.text) else { throw failure("invalid syntax", token) }
        return called
    }

    // MARK: Pipelines

    private mutating func parsePipeline(
        _ context: String, end: TemplateToken.Kind
    ) throws(TemplateError) -> TemplatePipeline {
        depth += 1
        defer { depth -= 1 }
        guard depth < TemplateParser.maxDepth else { throw failure("exceeded maximum nesting depth") }
        var pipeline = TemplatePipeline(position: peekNonSpace.position)
        try parseDeclarations(into: &pipeline, context)
        while true {
            let token = nextNonSpace()
            if token.kind == end {
                try check(pipeline, context)
                return pipeline
            }
            switch token.kind {
            case .bool, .character, .dot, .field, .identifier, .number, .rawString, .string, .variable,
                .leftParenthesis:
                index -= 1
                pipeline.commands.append(try parseCommand())
            case .keyword where token.text == "nil":
                index -= 1
                pipeline.commands.append(try parseCommand())
            default: throw unexpected(token, context)
            }
        }
    }

    private mutating func parseDeclarations(
        into pipeline: inout TemplatePipeline, _ context: String
    ) throws(TemplateError) {
        while peekNonSpace.kind == .variable {
            let start = index
            let variable = nextNonSpace()
            let following = nextNonSpace()
            switch following.kind {
            case .assign, .declare:
                pipeline.isAssignment = following.kind == .assign
                pipeline.variables.append(variable.text)
                for declared in pipeline.variables {
                    if pipeline.isAssignment {
                        try requireVariable(declared, variable)
                    } else {
                        variables.append(declared)
                    }
                }
                return
            case .comma:
                pipeline.variables.append(variable.text)
                guard context == "range", pipeline.variables.count < 2 else {
                    throw failure("too many declarations in \(context)")
                }
                guard peekNonSpace.kind == .variable else { throw failure("range can only initialize variables") }
            default:
                index = start
                return
            }
        }
    }

    private func check(_ pipeline: TemplatePipeline, _ context: String) throws(TemplateError) {
        if pipeline.commands.isEmpty { throw failure("missing value for \(context)") }
        for (stage, command) in pipeline.commands.enumerated().dropFirst() {
            switch command.operands[0].kind {
            case .bool, .dot, .none, .number, .string:
                throw failure("non executable command in pipeline stage \(stage + 1)")
            default: break
            }
        }
    }

    private mutating func parseCommand() throws(TemplateError) -> TemplateCommand {
        var command = TemplateCommand(operands: [], position: peekNonSpace.position)
        while true {
            _ = peekNonSpace
            skipSpaces()
            if let operand = try parseOperand() { command.operands.append(operand) }
            let token = next()
            switch token.kind {
            case .space: continue
            case .rightDelimiter, .rightParenthesis: index -= 1
            case .pipe: break
            default: throw unexpected(token, "operand")
            }
            break
        }
        if command.operands.isEmpty { throw failure("empty command") }
        return command
    }

    private mutating func parseOperand() throws(TemplateError) -> TemplateOperand? {
        guard let term = try parseTerm() else { return nil }
        guard peek.kind == .field else { return term }
        var fields: [String] = []
        let position = peek.position
        while peek.kind == .field { fields.append(String(next().text.dropFirst())) }
        switch term.kind {
        case .field(let names): return TemplateOperand(kind: .field(names + fields), position: position)
        case .variable(let variable, let names):
            return TemplateOperand(kind: .variable(variable, fields: names + fields), position: position)
        case .bool, .string, .number, .none, .dot:
            throw failure("unexpected . after term \(GoQuote.quoted(term.description))")
        default: return TemplateOperand(kind: .chain(term, fields: fields), position: position)
        }
    }

    private mutating func parseTerm() throws(TemplateError) -> TemplateOperand? {
        let token = nextNonSpace()
        let kind: TemplateOperand.Kind
        switch token.kind {
        case .identifier:
            guard functions.contains(token.text) else {
                throw failure("function \(GoQuote.quoted(token.text)) not defined", token)
            }
            kind = .identifier(token.text)
        case .dot: kind = .dot
        case .keyword where token.text == "nil": kind = .none
        case .variable:
            try requireVariable(token.text, token)
            kind = .variable(token.text, fields: [])
        case .field: kind = .field([String(token.text.dropFirst())])
        case .bool: kind = .bool(token.text == "true")
        case .number, .character: kind = .number(try number(token), text: token.text)
        case .leftParenthesis:
            kind = .pipeline(try parsePipeline("parenthesized pipeline", end: .rightParenthesis))
        case .string, .rawString:
            guard let unquoted = GoQuote.unquoted(token.text) else { throw failure("invalid syntax", token) }
            kind = .string(unquoted, literal: token.text)
        default:
            index -= 1
            return nil
        }
        return TemplateOperand(kind: kind, position: token.position)
    }

    private func number(_ token: TemplateToken) throws(TemplateError) -> TemplateNumber {
        if token.kind == .character {
            let inner = GoQuote.unquoted(token.text)?.unicodeScalars
            guard let inner, inner.count == 1, let scalar = inner.first else {
                throw failure("malformed character constant: \(token.text)", token)
            }
            return .int(Int64(scalar.value))
        }
        guard let number = TemplateNumber(token.text) else {
            throw failure("illegal number syntax: \(GoQuote.quoted(token.text))", token)
        }
        return number
    }

    private func requireVariable(_ variable: String, _ token: TemplateToken) throws(TemplateError) {
        guard variables.contains(variable) else {
            throw failure("undefined variable \(GoQuote.quoted(variable))", token)
        }
    }

    // MARK: Tokens

    /// The last token is `.end` or `.error` and is never passed.
    private var peek: TemplateToken { tokens[min(index, tokens.count - 1)] }

    private var peekNonSpace: TemplateToken {
        var at = index
        while at < tokens.count - 1, tokens[at].kind == .space { at += 1 }
        return tokens[min(at, tokens.count - 1)]
    }

    private var peekAfterDelimiter: TemplateToken {
        var at = index + 1
        while at < tokens.count - 1, tokens[at].kind == .space { at += 1 }
        return tokens[min(at, tokens.count - 1)]
    }

    private mutating func skipSpaces() {
        while index < tokens.count - 1, tokens[index].kind == .space { index += 1 }
    }

    private mutating func next() -> TemplateToken {
        let token = peek
        index += 1
        return token
    }

    private mutating func nextNonSpace() -> TemplateToken {
        skipSpaces()
        return next()
    }

    private mutating func expect(_ kind: TemplateToken.Kind, _ context: String) throws(TemplateError) {
        let token = nextNonSpace()
        if token.kind != kind { throw unexpected(token, context) }
    }

    private func unexpected(_ token: TemplateToken, _ context: String) -> TemplateError {
        token.kind == .error ? failure(token.text, token) : failure("unexpected \(token.shown) in \(context)", token)
    }

    private func failure(_ reason: String, _ token: TemplateToken? = nil) -> TemplateError {
        let token = token ?? tokens[min(max(index - 1, 0), tokens.count - 1)]
        let column = TemplateSource.column(of: token.position, in: text)
        return TemplateError(
            message: "template: \(name):\(token.line): \(reason)", line: token.line, column: column, reason: reason)
    }
}
