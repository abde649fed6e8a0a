import PromQL
import RegularExpressions
import TimeSeries

/// A label or annotation that a test expects: a text, or `{regex: '…'}`.
struct ExpectedLabel: Sendable {
    /// What the value should be.
    enum Value: Sendable {
        case text(String)
        /// RE2 over the whole value, as in a label matcher.
        case pattern(LinearRegex, source: String)
    }

    var name: String
    var value: Value

    /// Whether the value has to be exactly this text.
    var isText: Bool {
        if case .text = value { return true }
        return false
    }

    /// The value, or the pattern's source.
    var text: String {
        switch value {
        case .text(let text): text
        case .pattern(_, let source): source
        }
    }

    func accepts(_ other: String) -> Bool {
        switch value {
        case .text(let text): ByteOrder.equal(text, other)
        case .pattern(let pattern, _): pattern.matches(other)
        }
    }
}
