import TimeSeries

extension BinaryOperator {
    /// The arithmetic of two numbers; comparisons answer the left number or nothing (the staleness marker).
    func filterOrCompute(_ left: Double, _ right: Double) -> Double {
        isComparison ? (compare(left, right) ? left : Column.absent) : compute(left, right)
    }

    /// The result of an arithmetic operator.
    func compute(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .modulo: FloatMath.remainder(left, right)
        case .power: FloatMath.power(left, right)
        case .atan2: FloatMath.arcTangent2(left, right)
        default: .nan
        }
    }

    /// The answer of a comparison operator.
    func compare(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .less: left < right
        case .lessOrEqual: left <= right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        default: false
        }
    }
}

/// Combines two columns of numbers, with the operator chosen once and not in the loop.
struct PairwiseOperation {
    let operation: BinaryOperator
    /// Whether comparisons answer 0 and 1.
    let returnsBool: Bool
    /// Whether a comparison that holds keeps the right operand instead of the left.
    var keepsRight = false

    /// Writes to `out` where both operands are present; `out` starts absent.
    func apply(_ left: [Double], _ right: [Double], into out: inout [Double]) {
        switch operation {
        case .add: each(left, right, &out) { $0 + $1 }
        case .subtract: each(left, right, &out) { $0 - $1 }
        case .multiply: each(left, right, &out) { $0 * $1 }
        case .divide: each(left, right, &out) { $0 / $1 }
        case .greater: comparison(left, right, &out) { $0 > $1 }
        case .greaterOrEqual: comparison(left, right, &out) { $0 >= $1 }
        case .less: comparison(left, right, &out) { $0 < $1 }
        case .lessOrEqual: comparison(left, right, &out) { $0 <= $1 }
        case .equal: comparison(left, right, &out) { $0 == $1 }
        case .notEqual: comparison(left, right, &out) { $0 != $1 }
        default:
            let operation = operation
            each(left, right, &out) { operation.compute($0, $1) }
        }
    }

    private func comparison(
        _ left: [Double], _ right: [Double], _ out: inout [Double], _ holds: (Double, Double) -> Bool
    ) {
        if returnsBool { return each(left, right, &out) { holds($0, $1) ? 1 : 0 } }
        if keepsRight { return each(left, right, &out) { holds($0, $1) ? $1 : Column.absent } }
        each(left, right, &out) { holds($0, $1) ? $0 : Column.absent }
    }

    @inline(__always)
    private func each(
        _ left: [Double], _ right: [Double], _ out: inout [Double], _ combine: (Double, Double) -> Double
    ) {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                out.withUnsafeMutableBufferPointer { out in
                    for step in 0..<min(left.count, right.count, out.count) {
                        let (first, second) = (left[step], right[step])
                        if !first.isStaleMarker, !second.isStaleMarker { out[step] = combine(first, second) }
                    }
                }
            }
        }
    }
}
