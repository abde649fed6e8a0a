/// A span of time as it was written: a literal or, since Prometheus 3.14, arithmetic over literals and
/// `step()`, `range()`, `min_of()`, `max_of()`.
public indirect enum DurationExpression: Sendable, Equatable {
    /// Arithmetic inside a duration.
    public enum Operator: String, Sendable {
        /// Addition.
        case add = "+"
        /// Subtraction.
        case subtract = "-"
        /// Multiplication.
        case multiply = "*"
        /// Division.
        case divide = "/"
        /// Remainder.
        case modulo = "%"
        /// Power.
        case power = "^"
    }

    /// Seconds; `isDuration` remembers whether it was written with units.
    case literal(seconds: Double, isDuration: Bool)
    /// The query's step, 0 for instant queries.
    case step
    /// The query's end minus its start.
    case range
    /// A negated expression.
    case negated(DurationExpression)
    /// Two operands.
    case binary(Operator, DurationExpression, DurationExpression)
    /// The smaller operand.
    case minimum(DurationExpression, DurationExpression)
    /// The larger operand.
    case maximum(DurationExpression, DurationExpression)
    /// Brackets, kept for printing.
    case parenthesized(DurationExpression)

    /// No time at all.
    public static let zero = DurationExpression.literal(seconds: 0, isDuration: true)

    /// Whether it is nothing at all, however it was written: `0`, `0s`.
    var isZero: Bool {
        if case .literal(let seconds, _) = self { return seconds == 0 }
        return false
    }

    /// The value in seconds for a query with this step and range, in seconds.
    func seconds(step: Double, range: Double) -> Double {
        switch self {
        case .literal(let seconds, _): return seconds
        case .step: return step
        case .range: return range
        case .negated(let inner): return -inner.seconds(step: step, range: range)
        case .parenthesized(let inner): return inner.seconds(step: step, range: range)
        case .minimum(let left, let right):
            return Swift.min(left.seconds(step: step, range: range), right.seconds(step: step, range: range))
        case .maximum(let left, let right):
            return Swift.max(left.seconds(step: step, range: range), right.seconds(step: step, range: range))
        case .binary(let operation, let left, let right):
            return DurationExpression.combine(
                operation, left.seconds(step: step, range: range), right.seconds(step: step, range: range))
        }
    }

    private static func combine(_ operation: Operator, _ left: Double, _ right: Double) -> Double {
        switch operation {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .modulo: left.truncatingRemainder(dividingBy: right)
        case .power: FloatMath.power(left, right)
        }
    }

    /// Milliseconds where nothing depends on the query; nil otherwise or when out of range.
    public var literalMillis: Int64? {
        if case .literal(let seconds, _) = self { return Int64(exactly: (seconds * 1000).rounded()) }
        return nil
    }
}
