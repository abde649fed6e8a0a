/// How much a finding weighs.
public enum RuleSeverity: String, Sendable, CaseIterable, Comparable {
    /// Worth a look; it may well be meant so.
    case hint
    /// Wrong or useless, whatever the data.
    case warning
    /// The file cannot be used.
    case error

    /// By weight.
    public static func < (left: RuleSeverity, right: RuleSeverity) -> Bool { left.rank < right.rank }

    private var rank: Int { self == .hint ? 0 : self == .warning ? 1 : 2 }
}

/// Something that can be said against a rule without any data.
public struct RuleFinding: Sendable, Equatable, CustomStringConvertible {
    /// What was checked.
    public var check: RuleCheck
    /// How much it weighs.
    public var severity: RuleSeverity
    /// The file as the caller named it.
    public var file: String
    /// 1-based.
    public var line: Int
    /// 1-based, in Unicode scalars.
    public var column: Int
    /// 1-based; where the part in question ends.
    public var endLine: Int
    /// 1-based, in Unicode scalars; one after the last one.
    public var endColumn: Int
    /// The rule's or group's name.
    public var name: String
    /// What is wrong, as a sentence.
    public var reason: String
    /// What to do instead; may be empty.
    public var suggestion: String

    /// `file:line:column: warning: "name": reason; suggestion [id]`.
    public var description: String {
        let advice = suggestion.isEmpty ? "" : "; \(suggestion)"
        return "\(file):\(line):\(column): \(severity.rawValue): \"\(name)\": \(reason)\(advice) [\(check.rawValue)]"
    }
}

extension RuleFinding {
    /// A file, or a part of it, that cannot be read as rules.
    public init(_ error: RuleFileError) {
        self.init(
            check: .syntax, severity: .error, file: error.file, line: error.line, column: error.column,
            endLine: error.line, endColumn: error.column, name: error.file, reason: error.message, suggestion: "")
    }
}
