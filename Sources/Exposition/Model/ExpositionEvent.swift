/// What a parser finds, in the order of the text.
public enum ExpositionEvent: Sendable, Equatable {
    /// `# TYPE`.
    case kind(String, MetricKind)
    /// `# HELP`, unescaped.
    case help(String, String)
    /// `# UNIT`.
    case unit(String, String)
    /// A line of samples.
    case sample(ExpositionSample)
    /// A native histogram: protobuf, or OpenMetrics 2.0. The text formats before cannot carry one.
    indirect case histogram(ExpositionHistogramSample)
    /// `# EOF` of OpenMetrics.
    case endOfFile
}

/// A text that breaks its format.
public struct ExpositionError: Error, Equatable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    /// From 1, in bytes.
    public let column: Int
    /// What is wrong there.
    public let message: String

    /// Makes an error.
    public init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// `line:column: message`.
    public var description: String { "\(line):\(column): \(message)" }
}
