/// A parsed template of a rule's label or annotation: Go's text/template with Prometheus's functions.
///
/// The source of the behaviour is Prometheus's template package (documentation: "Template reference") and Go's
/// text/template with `missingkey=zero`.
public struct Template: Sendable {
    /// The name in error texts, `__alert_<name>` for a rule.
    public let name: String
    /// The text as written.
    public let text: String
    let root: [TemplateNode]
    let definitions: [String: [TemplateNode]]
    let functions: [String: TemplateFunction]
    /// The constant text of a template without any action: the common case, and needs no execution.
    let constant: String?

    /// Prometheus writes these definitions in front of the text; its columns count them on the first line.
    private static let prologue =
        "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}"
        + "{{$externalURL := .ExternalURL}}{{$value := .Value}}"
    private static let functionNames = Set(PrometheusFunctions.all.keys)
    private static let variableNames = ["$", "$labels", "$externalLabels", "$externalURL", "$value"]

    var columnOffset: Int { Template.prologue.utf8.count }

    /// Parses; throws ``TemplateError`` with Go's words.
    public init(_ text: String, name: String) throws(TemplateError) {
        self.name = name
        self.text = text
        guard text.utf8.contains(0x7B), text.contains("{{") else {
            (root, definitions, functions, constant) = ([.text(text)], [:], [:], text)
            return
        }
        functions = PrometheusFunctions.all
        (root, definitions) = try TemplateParser.parse(
            text, name: name, variables: Template.variableNames, functions: Template.functionNames)
        constant = nil
    }

    /// A text that is taken as it stands, whatever it holds.
    init(literal text: String) {
        (name, self.text, constant) = ("", text, text)
        (root, definitions, functions) = ([.text(text)], [:], [:])
    }

    /// Whether the output is the same for every sample.
    public var isConstant: Bool { constant != nil }

    /// Whether the template asks the engine, so that its output depends on more than its sample.
    public var usesQuery: Bool { usage.usesQuery }

    /// Whether the output follows from the sample's labels alone, not from its value or the time.
    public var followsFromLabels: Bool { usage.followsFromLabels }

    /// Whether the sample's value becomes part of the output, beyond conditions that ask about it.
    public var printsValue: Bool { usage.printsValue }

    /// Labels that the template names, as in `$labels.instance` and `.Labels.job`.
    public var namedLabels: [String] { usage.labels.sorted() }

    private var usage: TemplateUsage {
        var usage = TemplateUsage()
        usage.visit(root)
        usage.isDotRebound = true
        for body in definitions.values { usage.visit(body) }
        return usage
    }

    /// The output for one sample of an alert's expression.
    public func expand(
        _ sample: TemplateSample, externalLabels: [String: String] = [:], environment: TemplateEnvironment,
        limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) -> String {
        if let constant { return constant }
        let data = TemplateValue.record(
            type: "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; "
                + "Value interface {} }",
            fields: [
                ("Labels", .strings(sample.labels)), ("ExternalLabels", .strings(externalLabels)),
                ("ExternalURL", .string(environment.externalURL)), ("Value", .float(sample.value)),
            ])
        let variables: [(name: String, value: TemplateValue)] = [
            ("$", data), ("$labels", .strings(sample.labels)), ("$externalLabels", .strings(externalLabels)),
            ("$externalURL", .string(environment.externalURL)), ("$value", .float(sample.value)),
        ]
        var executor = TemplateExecutor(
            template: self, environment: environment, limits: limits, variables: variables)
        try executor.run(data)
        return executor.output
    }

    /// As in a rule: a failure becomes the text `<error expanding template: …>`.
    public func expandOrExplain(
        _ sample: TemplateSample, externalLabels: [String: String], environment: TemplateEnvironment
    ) -> String {
        do {
            return try expand(sample, externalLabels: externalLabels, environment: environment)
        } catch {
            return "<error expanding template: error executing template \(name): \(error.message)>"
        }
    }
}
