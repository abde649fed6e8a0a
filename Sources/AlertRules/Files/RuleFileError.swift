import StrictYAML

/// One thing that is wrong in a rule file.
public struct RuleFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file as the caller named it.
    public var file: String
    /// 1-based; 0 when the whole file is meant.
    public var line: Int
    /// 1-based, in Unicode scalars; 0 when the whole file is meant.
    public var column: Int
    /// What is wrong, in Prometheus's words where it has some.
    public var message: String
    /// The rule or group that holds it.
    var subject = RuleFinding.Subject.file

    /// An error at a place of a file.
    public init(file: String, line: Int = 0, column: Int = 0, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    init(_ error: YAMLError) {
        let path = error.keyPath.isEmpty ? "" : "\(error.keyPath): "
        self.init(file: error.file, line: error.line, column: error.column, message: path + error.message)
    }

    init(at node: YAMLNode, _ message: String) {
        self.init(file: node.file, line: node.line, column: node.column, message: message)
    }

    /// `file:line:column: message`.
    public var description: String { line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)" }
}

/// Everything that is wrong in a rule file, in the order of the file.
public struct RuleFileErrors: Error, Sendable, CustomStringConvertible {
    /// At least one.
    public var errors: [RuleFileError]

    /// One line an error.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
