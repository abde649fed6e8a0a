import Exposition

/// A histogram: how many observations fell into each bucket, and their sum; classic, native or both.
///
/// Cells of classic buckets: one count a bucket, not cumulative, then the sum. The number of observations is no cell of
/// its own but the sum of the buckets, so `_count` equals the `+Inf` bucket in every scrape, however the threads
/// interleave. One more cell leads to the native histogram (``NativeHistogramOptions``).
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

    /// False once the series was removed, by name or because it was idle, and for a child that was refused: it does
    /// nothing any more. Bind again to count on.
    @inlinable @inline(__always)
    public var isLive: Bool { cells.isLive }

    /// Counts one observation, in the family's unit (seconds for a duration).
    ///
    /// NaN is counted, and the sum is NaN from then on, in all formats as with Go's client: so it is above all classic
    /// bounds, and in no native bucket. Without such a sum Prometheus would refuse a native histogram whose buckets do
    /// not add up to its count (its native histogram specification, "NaN observations"). The sum of +Inf and -Inf is
    /// NaN as well. OpenMetrics 1.0 forbids a sum that is NaN; there `_sum` and `_count` are left out then.
    @inlinable @inline(__always)
    public func observe(_ value: Double, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        if shape.isNative { cells.observeNative(value, shape, on: shard) }
        if shape.hasClassicBuckets {
            cells.observe(value, bucket: shape.bounds.bucket(of: value), sum: shape.bounds.count &+ 1, on: shard)
        }
    }

    /// Counts one duration of `nanos` nanoseconds in a family whose unit is the second.
    @inlinable @inline(__always)
    public func observe(nanos: UInt64, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        let value = Double(nanos)
        let seconds = value / 1e9
        if shape.isNative { cells.observeNative(seconds, shape, on: shard) }
        if shape.hasClassicBuckets {
            cells.observe(seconds, bucket: shape.bounds.bucket(ofNanos: value), sum: shape.bounds.count &+ 1, on: shard)
        }
    }

    /// Counts one observation and keeps the exemplar, if the family keeps any.
    @inlinable
    public func observe(_ value: Double, on shard: Shard = .shared, exemplar: Exemplar) {
        observe(value, on: shard)
        keep(exemplar, of: value, bucket: shape.bounds.bucket(of: value))
    }

    /// Counts one duration of `nanos` nanoseconds and keeps the exemplar, if the family keeps any.
    @inlinable
    public func observe(nanos: UInt64, on shard: Shard = .shared, exemplar: Exemplar) {
        observe(nanos: nanos, on: shard)
        keep(exemplar, of: Double(nanos) / 1e9, bucket: shape.bounds.bucket(ofNanos: Double(nanos)))
    }

    @usableFromInline
    func keep(_ exemplar: Exemplar, of value: Double, bucket: Int) {
        // NaN is inside no bucket.
        guard shape.hasExemplars, cells.isLive, !value.isNaN else { return }
        if shape.hasClassicBuckets { cells.keep(exemplar, of: value, at: bucket, shape.details) }
        if shape.isNative { cells.keepNative(exemplar, of: value, shape.details) }
    }

    /// Observations so far; 0 for a removed or refused child.
    public var count: UInt64 {
        guard cells.isLive else { return 0 }
        if !shape.hasClassicBuckets { return native?.count ?? 0 }
        return (0...shape.bounds.count).reduce(0) { $0 &+ cells.total(at: $1) }
    }

    /// The sum of all observations; 0 for a removed or refused child.
    public var sum: Double {
        guard cells.isLive else { return 0 }
        return shape.hasClassicBuckets ? cells.floatTotal(at: shape.bounds.count + 1) : native?.sum ?? 0
    }

    /// The native histogram at this moment; nil when there is none.
    package var native: NativeSnapshot? {
        var snapshot = NativeSnapshot()
        return cells.readNative(shape, into: &snapshot) ? snapshot : nil
    }

    /// Bounds in seconds for requests that take a millisecond to ten seconds.
    public static let latencyBuckets: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
}
