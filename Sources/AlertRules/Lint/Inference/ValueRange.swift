import PromQL

/// The values that an expression's samples can have, as far as its form tells.
struct ValueRange: Equatable {
    /// Smallest value.
    var low: Double
    /// Largest value.
    var high: Double
    /// Whether NaN may occur besides.
    var mayBeNaN: Bool

    init(_ low: Double, _ high: Double, mayBeNaN: Bool = false) {
        (self.low, self.high, self.mayBeNaN) = (low, high, mayBeNaN)
    }

    static let anything = ValueRange(-.infinity, .infinity, mayBeNaN: true)
    static let notNegative = ValueRange(0, .infinity)

    /// Whether only NaN occurs.
    var isNaN: Bool { low.isNaN }
    /// The only value, if there is but one.
    var constant: Double? { low == high && !mayBeNaN ? low : nil }

    /// What a comparison answers.
    enum Verdict {
        case never
        case always
        case depends
    }

    /// Judges `self operation other` for every pair of values.
    func judge(_ operation: BinaryOperator, _ other: ValueRange) -> Verdict {
        if isNaN || other.isNaN { return operation == .notEqual ? .always : .never }
        let isDisjoint = high < other.low || low > other.high
        let isSame = low == high && other.low == other.high && low == other.low
        let verdict: Verdict =
            switch operation {
            case .less: high < other.low ? .always : low >= other.high ? .never : .depends
            case .lessOrEqual: high <= other.low ? .always : low > other.high ? .never : .depends
            case .greater: low > other.high ? .always : high <= other.low ? .never : .depends
            case .greaterOrEqual: low >= other.high ? .always : high < other.low ? .never : .depends
            case .equal: isSame ? .always : isDisjoint ? .never : .depends
            case .notEqual: isDisjoint ? .always : isSame ? .never : .depends
            default: .depends
            }
        let hasNaN = mayBeNaN || other.mayBeNaN
        if hasNaN, operation == .notEqual, case .never = verdict { return .depends }
        if hasNaN, operation != .notEqual, case .always = verdict { return .depends }
        return verdict
    }

    /// What passes `self operation other`.
    func narrowed(_ operation: BinaryOperator, _ other: ValueRange) -> ValueRange {
        guard !other.isNaN else { return self }
        switch operation {
        case .less, .lessOrEqual: return ValueRange(low, min(high, other.high))
        case .greater, .greaterOrEqual: return ValueRange(max(low, other.low), high)
        case .equal: return ValueRange(max(low, other.low), min(high, other.high))
        default: return self
        }
    }

    func union(_ other: ValueRange) -> ValueRange {
        if isNaN || other.isNaN { return .anything }
        return ValueRange(min(low, other.low), max(high, other.high), mayBeNaN: mayBeNaN || other.mayBeNaN)
    }

    var negated: ValueRange { ValueRange(-high, -low, mayBeNaN: mayBeNaN) }
}

extension ValueRange {
    /// Infers from the expression's form. What Prometheus itself promises counts: `up` is 0 or 1, rates of counters
    /// are not negative.
    init(_ expression: Expression) {
        switch expression {
        case .number(let node): self.init(node.value, node.value)
        case .parenthesized(let node): self.init(node.inner)
        case .unary(let node):
            let inner = ValueRange(node.operand)
            self = node.isNegative ? inner.negated : inner
        case .selector(let node): self = node.name == "up" ? ValueRange(0, 1) : .anything
        case .range(let node): self.init(.selector(node.selector))
        case .subquery(let node): self.init(node.inner)
        case .aggregation(let node): self.init(node)
        case .call(let node): self.init(node)
        case .binary(let node): self.init(node)
        case .string: self = .anything
        }
    }

    private init(_ node: Aggregation) {
        let inner = ValueRange(node.operand)
        switch node.operation {
        case .count, .countValues: self.init(1, .infinity)
        case .group: self.init(1, 1)
        case .stddev, .stdvar: self.init(0, .infinity, mayBeNaN: true)
        case .avg, .min, .max, .topk, .bottomk, .limitk, .limitRatio: self = inner
        case .sum: self = inner.summed
        case .quantile: self = .anything
        }
    }

    /// The sum of one or more values.
    private var summed: ValueRange {
        if low >= 0 { return ValueRange(low, high == 0 ? 0 : .infinity, mayBeNaN: mayBeNaN) }
        return high <= 0 ? ValueRange(-.infinity, high, mayBeNaN: mayBeNaN) : .anything
    }

    private init(_ call: FunctionCall) {
        let inner = call.arguments.first { $0.type != .string }.map(ValueRange.init) ?? .anything
        switch call.function {
        case .absent, .absentOverTime, .presentOverTime: self.init(1, 1)
        case .countOverTime: self.init(1, .infinity)
        case .rate, .increase, .irate, .changes, .resets, .time, .timestamp: self = .notNegative
        case .stddevOverTime, .stdvarOverTime, .madOverTime, .sqrt, .histogramCount:
            self.init(0, .infinity, mayBeNaN: true)
        case .abs: self.init(0, max(abs(inner.low), abs(inner.high)), mayBeNaN: inner.mayBeNaN)
        case .sgn: self.init(-1, 1, mayBeNaN: inner.mayBeNaN)
        case .avgOverTime, .minOverTime, .maxOverTime, .lastOverTime, .firstOverTime, .sort, .sortDesc, .sortByLabel,
            .sortByLabelDesc, .vector, .labelReplace, .labelJoin:
            self = inner
        case .sumOverTime: self = inner.summed
        case .scalar: self.init(inner.low, inner.high, mayBeNaN: true)
        case .histogramFraction: self.init(0, 1, mayBeNaN: true)
        default: self = ValueRange.ofCalendar(call.function) ?? ValueRange.ofClamp(call, inner) ?? .anything
        }
    }

    private static func ofCalendar(_ function: PromQLFunction) -> ValueRange? {
        switch function {
        case .dayOfMonth: ValueRange(1, 31, mayBeNaN: true)
        case .dayOfWeek: ValueRange(0, 6, mayBeNaN: true)
        case .dayOfYear: ValueRange(1, 366, mayBeNaN: true)
        case .daysInMonth: ValueRange(28, 31, mayBeNaN: true)
        case .hour: ValueRange(0, 23, mayBeNaN: true)
        case .minute: ValueRange(0, 59, mayBeNaN: true)
        case .month: ValueRange(1, 12, mayBeNaN: true)
        case .pi: ValueRange(.pi, .pi)
        default: nil
        }
    }

    private static func ofClamp(_ call: FunctionCall, _ inner: ValueRange) -> ValueRange? {
        let bounds = call.arguments.dropFirst().compactMap { ValueRange($0).constant }
        guard bounds.count == call.arguments.count - 1 else { return nil }
        switch call.function {
        case .clampMin:
            return ValueRange(max(inner.low, bounds[0]), max(inner.high, bounds[0]), mayBeNaN: inner.mayBeNaN)
        case .clampMax:
            return ValueRange(min(inner.low, bounds[0]), min(inner.high, bounds[0]), mayBeNaN: inner.mayBeNaN)
        case .clamp where bounds[0] <= bounds[1]:
            return ValueRange(
                min(max(inner.low, bounds[0]), bounds[1]), max(min(inner.high, bounds[1]), bounds[0]),
                mayBeNaN: inner.mayBeNaN)
        default: return nil
        }
    }

    private init(_ node: BinaryOperation) {
        let (left, right) = (ValueRange(node.left), ValueRange(node.right))
        let matching = node.matching
        if matching?.fillLeft != nil || matching?.fillRight != nil {
            self = node.returnsBool ? ValueRange(0, 1) : .anything
            return
        }
        switch node.operation {
        case _ where node.returnsBool: self.init(0, 1)
        case .or: self = left.union(right)
        case .and, .unless: self = left
        case .trimLower, .trimUpper: self = .anything
        case _ where node.operation.isComparison:
            let isSwapped = node.left.type == .scalar && node.right.type == .vector
            self = isSwapped ? right.narrowed(node.operation.mirrored, left) : left.narrowed(node.operation, right)
        default: self = left.combined(node.operation, right)
        }
    }

    /// Arithmetic: exact for constants, by the corners where the operation is monotonic, anything else otherwise.
    private func combined(_ operation: BinaryOperator, _ other: ValueRange) -> ValueRange {
        if isNaN || other.isNaN { return ValueRange(.nan, .nan) }
        let hasNaN = mayBeNaN || other.mayBeNaN
        switch operation {
        case .add: return ValueRange.corners([low + other.low, high + other.high], hasNaN)
        case .subtract: return ValueRange.corners([low - other.high, high - other.low], hasNaN)
        case .multiply:
            return ValueRange.corners(
                [low * other.low, low * other.high, high * other.low, high * other.high], hasNaN)
        case .divide where other.low > 0 || other.high < 0:
            return ValueRange.corners(
                [low / other.low, low / other.high, high / other.low, high / other.high], hasNaN)
        case .divide where low >= 0 && other.low >= 0: return ValueRange(0, .infinity, mayBeNaN: true)
        default:
            guard let left = constant, let right = other.constant else { return .anything }
            return ValueRange.exact(left, operation, right)
        }
    }

    /// 0 times or minus infinity gives NaN: then nothing is known of that corner but its neighbours' sign.
    private static func corners(_ values: [Double], _ hasNaN: Bool) -> ValueRange {
        let known = values.filter { !$0.isNaN }
        guard let low = known.min(), let high = known.max() else { return .anything }
        if known.count < values.count {
            return low >= 0 ? ValueRange(0, high, mayBeNaN: true) : .anything
        }
        return ValueRange(low, high, mayBeNaN: hasNaN)
    }

    private static func exact(_ left: Double, _ operation: BinaryOperator, _ right: Double) -> ValueRange {
        let value: Double
        switch operation {
        case .divide: value = left / right
        case .modulo: value = left.truncatingRemainder(dividingBy: right)
        default: return .anything
        }
        return ValueRange(value, value)
    }
}

extension BinaryOperator {
    /// The comparison with its sides exchanged.
    var mirrored: BinaryOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
