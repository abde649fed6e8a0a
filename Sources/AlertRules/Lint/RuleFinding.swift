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
    /// What it is about.
    public var subject: Subject
    /// What is wrong, as a sentence.
    public var reason: String
    /// What to do instead; may be empty.
    public var suggestion: String

    /// `file:line:column: warning: "name": reason; suggestion [id]`, without a place or a name where there is none.
    public var description: String {
        let place = line > 0 ? ":\(line):\(column)" : ""
        return "\(file)\(place): \(severity.rawValue): \(message) [\(check.rawValue)]"
    }

    /// `"name": reason; suggestion`.
    public var message: String {
        let about = subject.name.map { "\"\($0)\": " } ?? ""
        return about + reason + (suggestion.isEmpty ? "" : "; \(suggestion)")
    }

    /// What a finding is about.
    public enum Subject: Sendable, Equatable {
        /// The file as a whole, or a comment that belongs to no rule.
        case file
        /// A group.
        case group(String)
        /// A rule of a group.
        case rule(String, group: String)
        /// A metric that a program exposes.
        case metric(String)

        /// Of the rule, the group or the metric.
        public var name: String? {
            switch self {
            case .file: nil
            case .group(let name), .rule(let name, _), .metric(let name): name
            }
        }
    }
}

extension RuleFinding {
    /// A file, or a part of it, that cannot be read as rules.
    public init(_ error: RuleFileError) {
        self.init(
            check: .syntax, severity: .error, file: error.file, line: error.line, column: error.column,
            endLine: error.line, endColumn: error.column, subject: error.subject, reason: error.message, suggestion: "")
    }
}
