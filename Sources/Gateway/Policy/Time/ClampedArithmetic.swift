/// Arithmetic on times and counts from outside: what would overflow ends at the limit instead of trapping.
extension Int64 {
    @inline(__always)
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    @inline(__always)
    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    /// For factors that are not negative.
    @inline(__always)
    func multipliedClamped(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }

    /// Of any number, also infinite ones; nothing for not-a-number.
    @inline(__always)
    init(clamping value: Double) {
        if value >= 9.2e18 {
            self = .max
        } else if value > -9.2e18 {
            self = Int64(value)
        } else {
            self = value < 0 ? .min : 0
        }
    }
}

extension BinaryInteger {
    @inline(__always)
    func clamped(_ range: ClosedRange<Self>) -> Self { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}
