/// Exponential decay without libm.
enum Decay {
    /// `exp(-elapsed / timeConstant)` as `(1 + x/64)^-64`: within 0.01 of it, monotone, 1 for no time and 0 for ever.
    @inline(__always)
    static func factor(elapsedNanos: Int64, timeConstantNanos: Int64) -> Double {
        guard elapsedNanos > 0 else { return 1 }
        var power = 1 + Double(elapsedNanos) / Double(max(1, timeConstantNanos)) / 64
        for _ in 0..<6 { power *= power }
        return 1 / power
    }
}
