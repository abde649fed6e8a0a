/// A node of a YAML document that knows its file, place and key path, so that every complaint can say where.
///
/// The tree is built once by ``load(path:)`` or ``parse(_:file:)`` and is immutable.
public struct YAMLNode: Sendable {
    /// How a scalar was written; it decides whether `true` is a boolean or a string, and where its text starts.
    public enum ScalarStyle: Sendable {
        /// Written without quotes.
        case plain
        /// Written in single or double quotes.
        case quoted
        /// Written as a block, `|` or `>`.
        case block
    }

    /// What the node holds.
    public enum Content: Sendable {
        /// A scalar's text after YAML's own unescaping.
        case scalar(String, ScalarStyle)
        /// A list.
        case sequence([YAMLNode])
        /// Key nodes and values in the order of the file; keys are unique.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    /// The file as the caller named it.
    public let file: String
    /// 1-based line of the node's first character.
    public let line: Int
    /// 1-based column of the node's first character, in Unicode scalars.
    public let column: Int
    /// Where in the document, as in `cells[0].upstreams`.
    public let keyPath: String
    /// What the node holds.
    public let content: Content
    /// The lines of the file, shared by all nodes; needed to place an error inside a scalar.
    let sourceLines: SourceLines

    /// An error at this node.
    public func failure(_ message: String) -> YAMLError {
        YAMLError(file: file, line: line, column: column, keyPath: keyPath, message: message)
    }

    /// Whether the node is YAML's null: absent, `~` or `null`.
    public var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }

    /// A scalar's text, whatever it would mean; nil for a list or a mapping.
    public var scalarText: String? {
        guard case .scalar(let text, _) = content else { return nil }
        return text
    }

    /// Whether the scalar was written in quotes (or as a block), so that `"1"` can be told from `1`.
    public var isQuoted: Bool {
        switch content {
        case .scalar(_, .plain), .sequence, .mapping: false
        case .scalar: true
        }
    }

    /// What the node is, in the words of an error message.
    var kindName: String {
        switch content {
        case .scalar(let text, let style): isNull ? "nothing" : style == .plain ? "'\(text.prefix(60))'" : "a string"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
