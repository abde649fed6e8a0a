import StrictYAML

/// One thing that a unit test found, in promtool's form, with the place in the test file below it.
public struct UnitTestFailure: Sendable, CustomStringConvertible {
    /// What promtool would print.
    public var message: String
    /// What else helps, one line each.
    public var notes: [String]
    /// `file:line:column` of the expectation; nil where the message says it already.
    public var place: String?

    init(_ message: String, notes: [String] = [], at node: YAMLNode? = nil) {
        self.message = message
        self.notes = notes
        place = node.map { "\($0.file):\($0.line):\($0.column)" }
    }

    /// - Parameter place: only its file, line and column count.
    init(_ message: String, place: RuleFileError?) {
        self.message = message
        notes = []
        self.place = place.map { "\($0.file):\($0.line):\($0.column)" }
    }

    /// All of it, indented as promtool indents.
    public var description: String {
        var lines = [message] + notes.map { "        note: " + $0 }
        if let place { lines.append("        at: " + place) }
        return lines.joined(separator: "\n")
    }
}
