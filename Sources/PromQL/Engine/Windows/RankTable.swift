/// The numbers of a run of samples in ascending order, where each sample stands among them, and room for a set of ranks.
///
/// Numbers are spread evenly over the span that they fill and ordered by that place in two passes; the few that stand
/// too late then are moved back. Where there are more of them, as with numbers of very different magnitudes, all are
/// compared, so the time is linear mostly and never more than n log n. Hot: `quantile_over_time` in
/// Benchmarks/PromQLBench.
final class RankTable {
    /// The numbers in order, NaN left out.
    let numbers: UnsafeMutableBufferPointer<Double>
    /// The rank of each sample; ``none`` for NaN.
    let ranks: UnsafeMutableBufferPointer<UInt32>
    /// A bit for each rank, at first 0.
    let bits: UnsafeMutableBufferPointer<UInt64>

    static let none = UInt32.max

    /// - Parameter values: fewer than 2^32.
    init(_ values: UnsafeBufferPointer<Double>) {
        var order = SampleOrder(values)
        numbers = .allocate(capacity: order.count)
        ranks = .allocate(capacity: values.count)
        bits = .allocate(capacity: order.count / 64 + 1)
        bits.initialize(repeating: 0)
        ranks.initialize(repeating: RankTable.none)
        if order.count > 0, !order.write(values, numbers, ranks) {
            order.compare(values)
            _ = order.write(values, numbers, ranks)
        }
    }

    deinit {
        numbers.deallocate()
        ranks.deallocate()
        bits.deallocate()
    }
}
