/// A text that is no value of its setting; the place is added by whoever read the text.
public struct InvalidValue: Error, Equatable, Sendable {
    /// What was expected and what was found.
    public let message: String

    /// An explanation for an operator.
    public init(_ message: String) {
        self.message = message
    }
}
