/// A remark about a query that succeeded nevertheless.
public struct Annotation: Hashable, Sendable, CustomStringConvertible {
    /// How serious it is.
    public enum Severity: String, Sendable {
        /// The result is likely not what was meant.
        case warning
        /// Worth knowing.
        case info
    }

    /// How serious it is.
    public let severity: Severity
    /// The remark without prefix and position.
    public let message: String
    /// Line, counted from 1.
    public let line: Int
    /// Column in bytes, counted from 1.
    public let column: Int

    /// `PromQL warning: … (1:6)`, as Prometheus prints it.
    public var description: String { "PromQL \(severity.rawValue): \(message) (\(line):\(column))" }
}
