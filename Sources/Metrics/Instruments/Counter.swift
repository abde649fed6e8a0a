import Exposition

/// A counter of whole things; wraps at 2⁶⁴ like every 64-bit counter.
@frozen
public struct Counter: Instrument {
    @usableFromInline
    let cells: CellHandle

    /// `counter`.
    public static var kind: MetricKind { .counter }

    /// Made by families only.
    public init(cells: CellHandle, shape _: InstrumentShape) { self.cells = cells }

    /// Counts `amount` more.
    @inlinable @inline(__always)
    public func increment(by amount: UInt64 = 1, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        cells.add(amount, at: 0, on: shard)
    }

    /// The sum over all shards; 0 for a removed or refused child.
    public var value: UInt64 { cells.isLive ? cells.total(at: 0) : 0 }
}

/// A counter of seconds, bytes per something, or anything else that comes in fractions.
@frozen
public struct FloatCounter: Instrument {
    @usableFromInline
    let cells: CellHandle

    /// `counter`.
    public static var kind: MetricKind { .counter }

    /// Made by families only.
    public init(cells: CellHandle, shape _: InstrumentShape) { self.cells = cells }

    /// Counts `amount` more; a negative amount, infinity or NaN is ignored, since a counter never falls.
    @inlinable @inline(__always)
    public func increment(by amount: Double, on shard: Shard = .shared) {
        guard amount >= 0, amount < .infinity, cells.isLive else { return }
        cells.addFloat(amount, at: 0, on: shard)
    }

    /// The sum over all shards; 0 for a removed or refused child.
    public var value: Double { cells.isLive ? cells.floatTotal(at: 0) : 0 }
}
