import ArgumentParser

/// A label on the command line, `job=node`.
struct LabelArgument: ExpressibleByArgument, Sendable {
    var name: String
    var value: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "=") else { return nil }
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
        guard LabelArgument.isName(name), !value.isEmpty else { return nil }
    }

    /// Whether a text can be the name of a label that the user gives.
    static func isName(_ text: String) -> Bool { !text.isEmpty && text != "__name__" }
}
