/// What is wrong in a YAML file, and where.
///
/// The description is one line, `file:line:column: keyPath: message`, ready for an operator's terminal.
public struct YAMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file as the caller named it.
    public var file: String
    /// 1-based line, 0 when the error concerns the whole file (it can't be read, say).
    public var line: Int
    /// 1-based column in Unicode scalars, 0 when the error concerns the whole file.
    public var column: Int
    /// Where in the document, as in `cells[0].upstreams`; empty at the root.
    public var keyPath: String
    /// What is wrong and, where it helps, what to do.
    public var message: String

    /// Creates an error at a place of a file.
    public init(file: String, line: Int = 0, column: Int = 0, keyPath: String = "", message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.keyPath = keyPath
        self.message = message
    }

    /// `file:line:column: keyPath: message`, without the parts that are unknown.
    public var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return keyPath.isEmpty ? "\(place): \(message)" : "\(place): \(keyPath): \(message)"
    }
}
