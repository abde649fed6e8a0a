/// Why a regular expression was refused, in RE2's words.
public struct RegexError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, for example ``missing closing )``.
    public let reason: String
    /// The part of the pattern that is wrong.
    public let fragment: String

    static let tooLarge = "expression too large"
    static let tooManyGroups =
        "more than \(RegexProgram.maxGroupPlaces) instructions, multiplied by the number of groups"

    /// Whether the pattern is beyond a limit, and right otherwise.
    package var isLimit: Bool { reason == RegexError.tooLarge || reason == RegexError.tooManyGroups }

    /// `error parsing regexp: missing closing ): `(a``.
    public var description: String { "error parsing regexp: \(reason): `\(fragment)`" }
}
