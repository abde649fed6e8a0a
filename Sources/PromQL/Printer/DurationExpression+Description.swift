extension DurationExpression: CustomStringConvertible {
    /// The duration as Prometheus prints it; plain numbers of seconds become durations with units.
    public var description: String {
        switch self {
        case .literal(let seconds, let isDuration):
            if let millis = Int64(exactly: (seconds * 1000).rounded()), isDuration || Double(millis) / 1000 == seconds {
                return formatPrometheusDuration(millis)
            }
            return formatPrometheusFloat(seconds)
        case .step: return "step()"
        case .range: return "range()"
        case .negated(let inner): return "-\(inner)"
        case .parenthesized(let inner): return "(\(inner))"
        case .minimum(let left, let right): return "min_of(\(left), \(right))"
        case .maximum(let left, let right): return "max_of(\(left), \(right))"
        case .binary(let operation, let left, let right): return "\(left) \(operation.rawValue) \(right)"
        }
    }
}
