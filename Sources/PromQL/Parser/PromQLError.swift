/// Why a text isn't a PromQL expression, in Prometheus's words.
public struct PromQLError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, without the position.
    public let message: String
    /// Line, counted from 1.
    public let line: Int
    /// Column in bytes, counted from 1.
    public let column: Int

    /// Makes an error at a place.
    public init(message: String, line: Int, column: Int) {
        self.message = message
        self.line = line
        self.column = column
    }

    /// `1:5: parse error: unexpected end of input`.
    public var description: String { "\(line):\(column): parse error: \(message)" }
}
