/// Why dead letters cannot be listed or given back.
public struct DeadLetterError: Error, CustomStringConvertible {
    /// What is wrong, and with which file or output.
    public let description: String
}
