extension FastRandom {
    /// A number from 0 below `bound`, 0 for a bound that is not positive. The upper half of a product (Lemire, Fast
    /// random integer generation in an interval, 2019) without the rejection: the bias is bound / 2^64.
    @inline(__always)
    mutating func below(_ bound: Int) -> Int {
        guard bound > 0 else { return 0 }
        return Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// From 0 up to but not including 1.
    @inline(__always)
    mutating func fraction() -> Double { Double(next() &>> 11) * 0x1p-53 }
}
