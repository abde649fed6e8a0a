extension DurationExpression: CustomStringConvertible {
    /// The duration as Prometheus prints it: a number of seconds that stands alone gets units, one inside arithmetic
    /// stays a number.
    public var description: String {
        if case .literal(let seconds, _) = self, let millis = DurationExpression.millis(seconds) {
            return formatPrometheusDuration(millis)
        }
        return nested
    }

    private static func millis(_ seconds: Double) -> Int64? { Int64(exactly: (seconds * 1000).rounded()) }

    private var nested: String {
        switch self {
        case .literal(let seconds, let isDuration):
            if isDuration, let millis = DurationExpression.millis(seconds) { return formatPrometheusDuration(millis) }
            return formatPrometheusFloat(seconds)
        case .step: return "step()"
        case .range: return "range()"
        case .negated(let inner): return "-\(inner.nested)"
        case .parenthesized(let inner): return "(\(inner.nested))"
        case .minimum(let left, let right): return "min_of(\(left.nested), \(right.nested))"
        case .maximum(let left, let right): return "max_of(\(left.nested), \(right.nested))"
        case .binary(let operation, let left, let right):
            return "\(left.nested) \(operation.rawValue) \(right.nested)"
        }
    }
}
