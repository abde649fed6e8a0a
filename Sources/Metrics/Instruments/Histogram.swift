import Exposition

/// A classic histogram: how many observations fell into each bucket, and their sum.
///
/// Cells: one count a bucket, not cumulative, then the sum. The number of observations is no cell of its own but
/// the sum of the buckets, so `_count` equals the `+Inf` bucket in every scrape, however the threads interleave.
@frozen
public struct Histogram: Instrument {
    @usableFromInline
    let cells: CellHandle
    @usableFromInline
    let shape: InstrumentShape

    /// `histogram`.
    public static var kind: MetricKind { .histogram }

    /// Made by families only.
    public init(cells: CellHandle, shape: InstrumentShape) {
        self.cells = cells
        self.shape = shape
    }

    /// Counts one observation, in the family's unit (seconds for a duration).
    ///
    /// NaN is counted above all bounds and left out of the sum, which it would spoil for good.
    @inlinable @inline(__always)
    public func observe(_ value: Double, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        let known = value == value ? value : 0
        cells.observe(known, bucket: shape.bounds.bucket(of: value), sum: shape.bounds.count &+ 1, on: shard)
    }

    /// Counts one duration of `nanos` nanoseconds in a family whose unit is the second.
    @inlinable @inline(__always)
    public func observe(nanos: UInt64, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        let value = Double(nanos)
        cells.observe(value / 1e9, bucket: shape.bounds.bucket(ofNanos: value), sum: shape.bounds.count &+ 1, on: shard)
    }

    /// Observations so far; 0 for a removed or refused child.
    public var count: UInt64 {
        guard cells.isLive else { return 0 }
        return (0...shape.bounds.count).reduce(0) { $0 &+ cells.total(at: $1) }
    }

    /// The sum of all observations; 0 for a removed or refused child.
    public var sum: Double { cells.isLive ? cells.floatTotal(at: shape.bounds.count + 1) : 0 }

    /// Bounds in seconds for requests that take a millisecond to ten seconds.
    public static let latencyBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
}
