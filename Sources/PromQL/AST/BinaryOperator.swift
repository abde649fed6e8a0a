/// The operators between two expressions.
public enum BinaryOperator: String, Sendable, CaseIterable {
    /// Addition.
    case add = "+"
    /// Subtraction.
    case subtract = "-"
    /// Multiplication.
    case multiply = "*"
    /// Division.
    case divide = "/"
    /// Remainder with the dividend's sign.
    case modulo = "%"
    /// Power; associates to the right.
    case power = "^"
    /// Arc tangent of the quotient, in the right quadrant.
    case atan2
    /// Equality.
    case equal = "=="
    /// Inequality.
    case notEqual = "!="
    /// Less than.
    case less = "<"
    /// Less than or equal.
    case lessOrEqual = "<="
    /// Greater than.
    case greater = ">"
    /// Greater than or equal.
    case greaterOrEqual = ">="
    /// Keeps a native histogram's observations below a threshold.
    case trimUpper = "</"
    /// Keeps a native histogram's observations above a threshold.
    case trimLower = ">/"
    /// Series of the left side which have a match on the right.
    case and
    /// Series of both sides, the left side's first.
    case or
    /// Series of the left side which have no match on the right.
    case unless

    /// Whether this is one of `and`, `or`, `unless`.
    public var isSetOperator: Bool { self == .and || self == .or || self == .unless }

    /// Whether this compares, and so filters unless `bool` is given.
    public var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// Whether the result is another quantity, so that the metric's name no longer fits.
    /// Prometheus 2 forgets `atan2` here.
    func changesMetric(_ compatibility: EngineOptions.Compatibility) -> Bool {
        if isComparison || isSetOperator || self == .trimUpper || self == .trimLower { return false }
        return self != .atan2 || compatibility == .prometheus3
    }

    /// How strongly it binds: `or` is 1, `^` is 6.
    var precedence: Int {
        switch self {
        case .or: 1
        case .and, .unless: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .trimUpper, .trimLower: 3
        case .add, .subtract: 4
        case .multiply, .divide, .modulo, .atan2: 5
        case .power: 6
        }
    }
}
