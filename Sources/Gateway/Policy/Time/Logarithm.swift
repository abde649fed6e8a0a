/// Logarithm without libm, for weights.
enum Logarithm {
    /// `log2(value)` of a finite positive number, within 1e-6: the exponent, and for the significand m the series of
    /// atanh((m - 1) / (m + 1)).
    @inline(__always)
    static func base2(_ value: Double) -> Double {
        let significand = value.significand
        let ratio = (significand - 1) / (significand + 1)
        let square = ratio * ratio
        let series = 1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9)))
        return Double(value.exponent) + 2.885_390_081_777_927 * ratio * series
    }
}
