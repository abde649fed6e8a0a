/// Why a template cannot be parsed or executed, in the words of Go's text/template.
public struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `template: name:1:5: executing "name" at <…>: …` or `template: name:1: …`.
    public var message: String
    /// 1-based line within the template text.
    public var line: Int
    /// 0-based byte column within that line, as Go counts it.
    public var column: Int
    /// The bare reason, without name and position.
    public var reason: String

    /// The message.
    public var description: String { message }
}

/// What a template may cost; a rule file is outside input.
public struct TemplateLimits: Sendable {
    /// Bytes written.
    public var outputBytes = 64 << 10
    /// Nodes executed, loop bodies counted each time.
    public var steps = 100_000
    /// `{{template}}` calls inside each other.
    public var depth = 50

    /// The defaults.
    public init() {}
}
