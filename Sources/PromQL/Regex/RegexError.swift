/// Why a regular expression was refused, in RE2's words.
public struct RegexError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, for example ``missing closing )``.
    public let reason: String
    /// The part of the pattern that is wrong.
    public let fragment: String

    /// `error parsing regexp: missing closing ): `(a``.
    public var description: String { "error parsing regexp: \(reason): `\(fragment)`" }
}
