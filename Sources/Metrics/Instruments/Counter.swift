import Exposition

/// A counter of whole things; wraps at 2⁶⁴ like every 64-bit counter.
@frozen
public struct Counter: Instrument, @unchecked Sendable {
    @usableFromInline
    let cells: CellHandle
    @usableFromInline
    let details: UnsafePointer<ShapeDetails>

    /// `counter`.
    public static var kind: MetricKind { .counter }

    /// Made by families only.
    public init(cells: CellHandle, shape: InstrumentShape) {
        self.cells = cells
        details = shape.details
    }

    /// False once the series was removed, by name or because it was idle, and for a child that was refused: it does
    /// nothing any more. Bind again to count on.
    @inlinable @inline(__always)
    public var isLive: Bool { cells.isLive }

    /// Counts `amount` more.
    @inlinable @inline(__always)
    public func increment(by amount: UInt64 = 1, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        cells.add(amount, at: 0, on: shard)
    }

    /// Counts `amount` more and keeps the exemplar, if the family keeps any.
    @inlinable
    public func increment(by amount: UInt64 = 1, on shard: Shard = .shared, exemplar: Exemplar) {
        guard cells.isLive else { return }
        cells.add(amount, at: 0, on: shard)
        cells.keep(exemplar, of: Double(amount), at: 0, details)
    }

    /// The sum over all shards; 0 for a removed or refused child.
    public var value: UInt64 { cells.isLive ? cells.total(at: 0) : 0 }
}

/// A counter of seconds, bytes per something, or anything else that comes in fractions.
@frozen
public struct FloatCounter: Instrument, @unchecked Sendable {
    @usableFromInline
    let cells: CellHandle
    @usableFromInline
    let details: UnsafePointer<ShapeDetails>

    /// `counter`.
    public static var kind: MetricKind { .counter }

    /// Made by families only.
    public init(cells: CellHandle, shape: InstrumentShape) {
        self.cells = cells
        details = shape.details
    }

    /// False once the series was removed, by name or because it was idle, and for a child that was refused: it does
    /// nothing any more. Bind again to count on.
    @inlinable @inline(__always)
    public var isLive: Bool { cells.isLive }

    /// Counts `amount` more; a negative amount, infinity or NaN is ignored, since a counter never falls.
    @inlinable @inline(__always)
    public func increment(by amount: Double, on shard: Shard = .shared) {
        guard amount >= 0, amount < .infinity, cells.isLive else { return }
        cells.addFloat(amount, at: 0, on: shard)
    }

    /// Counts `amount` more and keeps the exemplar, if the family keeps any.
    @inlinable
    public func increment(by amount: Double, on shard: Shard = .shared, exemplar: Exemplar) {
        guard amount >= 0, amount < .infinity, cells.isLive else { return }
        cells.addFloat(amount, at: 0, on: shard)
        cells.keep(exemplar, of: amount, at: 0, details)
    }

    /// The sum over all shards; 0 for a removed or refused child.
    public var value: Double { cells.isLive ? cells.floatTotal(at: 0) : 0 }
}
