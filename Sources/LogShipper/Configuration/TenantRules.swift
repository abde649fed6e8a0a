/// What is done to the lines of some tenants before they are batched.
public struct TenantRules: Sendable, Equatable {
    /// Names of tenants; `*` stands for any run of characters. The first entry that matches a tenant holds.
    public var match: [String]
    /// What must not leave.
    public var redactions: [Redaction] = []
    /// What happens to a line that is no JSON, so that its fields can't be found.
    public var onUnparsed = OnUnparsed.drop
    /// Lines that are not sent.
    public var filters: [LineFilter] = []
    /// Older lines are not sent, by their time field.
    public var maxAgeNanos: Int64?
    /// How much may be sent.
    public var rateLimit: RateLimit?

    /// How many times the share of others it gets of an output that is short.
    public var weight = 1

    /// Rules that do nothing yet.
    public init(match: [String]) {
        self.match = match
    }

    /// What becomes of something found.
    public enum Action: String, Sendable, CaseIterable {
        /// `***` stands in its place.
        case mask
        /// `hmac:` and 16 hexadecimal digits of HMAC-SHA-256 under the salt: equal values stay equal.
        case hash
        /// The key goes with its value; for fields only.
        case drop
    }

    /// Patterns that are built in.
    public enum Secret: String, Sendable, CaseIterable {
        /// Payment cards: 13 to 19 digits in groups or not, a network's prefix, Luhn's check digit.
        case card
        /// E.164 with `+` or `00`, and North American numbers.
        case phone
        /// E-mail addresses, also with `%40`.
        case email
        /// Four decimal bytes.
        case ipv4
        /// Bank accounts with their check digits, in groups of four or not.
        case iban
        /// JSON Web Tokens.
        case jwt
    }

    /// Where something to redact is.
    public enum Target: Sendable, Equatable {
        /// A key's value, by its dotted path.
        case field(String)
        /// A built-in pattern.
        case secret(Secret)
        /// A regular expression; where it has groups, only they are replaced.
        case regex(String)
    }

    /// One thing that must not leave.
    public struct Redaction: Sendable, Equatable {
        /// What it is.
        public var target: Target
        /// Dotted paths below which a pattern is looked for; everywhere if empty.
        public var fields: [String] = []
        /// What becomes of it.
        public var action: Action
    }

    /// What happens to a line whose fields can't be found.
    public enum OnUnparsed: String, Sendable, CaseIterable {
        /// Only patterns apply, to the whole line.
        case pass
        /// It is not sent, and counted.
        case drop
    }

    /// Lines that are not sent.
    public struct LineFilter: Sendable, Equatable {
        /// The dotted path of the value that is looked at; nil for the whole line.
        public var field: String?
        /// The value is one of these.
        public var equals: [String] = []
        /// The value, or the line, has a match.
        public var regex: String?
    }

    /// How much a tenant may send to each output.
    public struct RateLimit: Sendable, Equatable {
        /// Bytes of lines a second; nil for any.
        public var bytesPerSecond: Int?
        /// Lines a second; nil for any.
        public var linesPerSecond: Int?
        /// For how long more may be sent after less was.
        public var burstNanos: Int64 = 2_000_000_000
        /// What happens beyond.
        public var whenOver = WhenOver.drop
    }

    /// What happens to lines beyond the rate.
    public enum WhenOver: String, Sendable, CaseIterable {
        /// They are not sent, and counted.
        case drop
        /// They wait in their files.
        case delay
    }

    var needsSalt: Bool { redactions.contains { $0.action == .hash } }
}
