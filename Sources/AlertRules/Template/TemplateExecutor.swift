/// Walks a template and writes its output, by the rules of Go's text/template with `missingkey=zero`.
struct TemplateExecutor {
    let template: Template
    let environment: TemplateEnvironment
    let limits: TemplateLimits
    var variables: [(name: String, value: TemplateValue)]
    private(set) var output = ""
    private var steps = 0
    private var depth = 0

    private enum Flow { case next, breakLoop, continueLoop }

    init(
        template: Template, environment: TemplateEnvironment, limits: TemplateLimits,
        variables: [(name: String, value: TemplateValue)]
    ) {
        self.template = template
        self.environment = environment
        self.limits = limits
        self.variables = variables
    }

    mutating func run(_ data: TemplateValue) throws(TemplateError) {
        _ = try walk(template.root, dot: data)
    }

    // MARK: Nodes

    private mutating func walk(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateError) -> Flow {
        for node in nodes {
            try countStep()
            switch node {
            case .text(let text): try write(text)
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot: dot)
                if pipeline.variables.isEmpty { try write(value.text) }
            case .branch(let branch):
                let flow = try walk(branch, dot: dot)
                if flow != .next { return flow }
            case .template(let name, let pipeline, let position):
                try call(name, pipeline, at: position, dot: dot)
            case .leave(let isBreak): return isBreak ? .breakLoop : .continueLoop
            }
        }
        return .next
    }

    private mutating func walk(_ branch: TemplateBranch, dot: TemplateValue) throws(TemplateError) -> Flow {
        let scope = variables.count
        defer { variables.removeSubrange(min(scope, variables.count)...) }
        let value = try evaluate(branch.pipeline, dot: dot)
        switch branch.kind {
        case .when: return try walk(value.isTrue ? branch.body : branch.otherwise, dot: dot)
        case .with: return try walk(value.isTrue ? branch.body : branch.otherwise, dot: value.isTrue ? value : dot)
        case .range: return try loop(branch, over: value, dot: dot)
        }
    }

    private mutating func loop(
        _ branch: TemplateBranch, over value: TemplateValue, dot: TemplateValue
    ) throws(TemplateError) -> Flow {
        var count = 0
        switch value {
        case .list(let items):
            count = items.count
            for (index, item) in items.enumerated() {
                guard try iterate(branch, key: .int(Int64(index)), item) else { return .next }
            }
        case .samples(let items):
            count = items.count
            for (index, item) in items.enumerated() {
                guard try iterate(branch, key: .int(Int64(index)), .sample(item)) else { return .next }
            }
        case .strings(let items):
            count = items.count
            for (key, item) in items.sorted(by: { $0.key < $1.key }) {
                guard try iterate(branch, key: .string(key), .string(item)) else { return .next }
            }
        case .map(let items):
            count = items.count
            for (key, item) in items.sorted(by: { $0.key < $1.key }) {
                guard try iterate(branch, key: .string(key), item) else { return .next }
            }
        case .int(let number):
            count = number > 0 ? 1 : 0
            var index: Int64 = 0
            while index < number {
                guard try iterate(branch, key: .int(index), .int(index)) else { return .next }
                index += 1
            }
        case .none: break
        default:
            throw failure(
                "range can't iterate over \(value.text)", at: branch.pipeline.position, branch.pipeline.description)
        }
        return count == 0 ? try walk(branch.otherwise, dot: dot) : .next
    }

    /// Runs the body once; false after `{{break}}`.
    private mutating func iterate(
        _ branch: TemplateBranch, key: TemplateValue, _ item: TemplateValue
    ) throws(TemplateError) -> Bool {
        try countStep()
        let names = branch.pipeline.variables
        let scope = variables.count
        defer { variables.removeSubrange(min(scope, variables.count)...) }
        if let last = names.last { set(last, item) }
        if names.count > 1 { set(names[0], key) }
        return try walk(branch.body, dot: item) != .breakLoop
    }

    private mutating func call(
        _ name: String, _ pipeline: TemplatePipeline?, at position: Int, dot: TemplateValue
    ) throws(TemplateError) {
        let shown = "{{template \(GoQuote.quoted(name))\(pipeline.map { " " + $0.description } ?? "")}}"
        guard let body = template.definitions[name] else {
            throw failure("template \(GoQuote.quoted(name)) not defined", at: position, shown)
        }
        guard depth < limits.depth else {
            throw failure("exceeded maximum template depth (\(limits.depth))", at: position, shown)
        }
        let argument = try pipeline.map { pipeline throws(TemplateError) in try evaluate(pipeline, dot: dot) } ?? .none
        let outer = variables
        variables = [("$", argument)]
        depth += 1
        _ = try walk(body, dot: argument)
        depth -= 1
        variables = outer
    }

    // MARK: Output and limits

    private mutating func write(_ text: String) throws(TemplateError) {
        output += text
        if output.utf8.count > limits.outputBytes {
            throw limitReached("output is larger than \(limits.outputBytes) bytes")
        }
    }

    mutating func countStep() throws(TemplateError) {
        steps += 1
        if steps > limits.steps { throw limitReached("more than \(limits.steps) steps") }
    }

    private func limitReached(_ reason: String) -> TemplateError {
        TemplateError(message: "template: \(template.name): \(reason)", line: 1, column: 0, reason: reason)
    }

    func failure(_ reason: String, at position: Int, _ context: String) -> TemplateError {
        let line = TemplateSource.line(of: position, in: template.text)
        let column = TemplateSource.column(of: position, in: template.text)
        let shown = line == 1 ? column + template.columnOffset : column
        let name = template.name
        return TemplateError(
            message: "template: \(name):\(line):\(shown): executing \(GoQuote.quoted(name)) at <\(context)>: \(reason)",
            line: line, column: column, reason: reason)
    }

    // MARK: Variables

    mutating func set(_ name: String, _ value: TemplateValue) { variables.append((name, value)) }

    mutating func assign(_ name: String, _ value: TemplateValue) {
        if let index = variables.lastIndex(where: { $0.name == name }) { variables[index].value = value }
    }

    func variable(_ name: String) -> TemplateValue {
        variables.last { $0.name == name }?.value ?? .none
    }
}
