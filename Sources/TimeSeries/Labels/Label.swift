/// One name and value of a label set; compared by bytes.
public struct Label: Hashable, Comparable, Sendable {
    /// The label's name, for example `job`; `__name__` holds the metric's name.
    public let name: String
    /// The label's value; never empty inside a ``Labels``.
    public let value: String

    /// Makes a pair; nothing is checked.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The name of the label that holds the metric's name.
    public static let metricName = "__name__"

    /// Equality by bytes, not by Unicode's canonical equivalence.
    public static func == (left: Label, right: Label) -> Bool {
        ByteOrder.equal(left.name, right.name) && ByteOrder.equal(left.value, right.value)
    }

    /// First by name, then by value.
    public static func < (left: Label, right: Label) -> Bool {
        let order = ByteOrder.compare(left.name, right.name)
        return order == 0 ? ByteOrder.compare(left.value, right.value) < 0 : order < 0
    }
}
