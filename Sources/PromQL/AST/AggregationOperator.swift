/// The operators that combine the series of a group.
public enum AggregationOperator: String, Sendable, CaseIterable {
    /// Sum of the values.
    case sum
    /// Arithmetic mean.
    case avg
    /// Number of series.
    case count
    /// Smallest value.
    case min
    /// Largest value.
    case max
    /// 1 for every group.
    case group
    /// Population standard deviation.
    case stddev
    /// Population variance.
    case stdvar
    /// The k series with the largest values.
    case topk
    /// The k series with the smallest values.
    case bottomk
    /// Number of series for each value, which becomes a label.
    case countValues = "count_values"
    /// φ-quantile over the series.
    case quantile
    /// k series, chosen by order of evaluation (experimental).
    case limitk
    /// A share of the series, chosen by hash (experimental).
    case limitRatio = "limit_ratio"

    /// The type of the parameter before the vector, nil when there is none.
    public var parameterType: ValueType? {
        switch self {
        case .topk, .bottomk, .quantile, .limitk, .limitRatio: .scalar
        case .countValues: .string
        default: nil
        }
    }

    /// Whether members of the group stay series of their own.
    public var keepsSeries: Bool {
        switch self {
        case .topk, .bottomk, .limitk, .limitRatio: true
        default: false
        }
    }

    var isExperimental: Bool { self == .limitk || self == .limitRatio }
}
