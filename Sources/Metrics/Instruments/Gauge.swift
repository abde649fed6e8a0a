import Exposition

/// A value that goes up and down.
///
/// A gauge is either set, by whoever knows the value, or added to, by many: ``set(_:)`` replaces what was set and
/// added through the shared shard, while additions on owned shards stay on top of it.
@frozen
public struct Gauge: Instrument {
    @usableFromInline
    let cells: CellHandle

    /// `gauge`.
    public static var kind: MetricKind { .gauge }

    /// Made by families only.
    public init(cells: CellHandle, shape _: InstrumentShape) { self.cells = cells }

    /// False once the series was removed, by name or because it was idle, and for a child that was refused: it does
    /// nothing any more. Bind again to count on.
    @inlinable @inline(__always)
    public var isLive: Bool { cells.isLive }

    /// Replaces the value.
    @inlinable @inline(__always)
    public func set(_ value: Double) {
        guard cells.isLive else { return }
        cells.setShared(value, at: 0)
    }

    /// Adds `amount`, which may be negative.
    @inlinable @inline(__always)
    public func add(_ amount: Double, on shard: Shard = .shared) {
        guard cells.isLive else { return }
        cells.addFloat(amount, at: 0, on: shard)
    }

    /// Sets the value to the current time in seconds since 1970, to the millisecond or so.
    public func setToCurrentTime() { set(Double(MetricsRegistry.systemTime()) / 1000) }

    /// Sets the value if it is higher than what was set; for a gauge that nobody adds to.
    public func raise(to value: Double) {
        guard cells.isLive else { return }
        cells.raiseShared(to: value)
    }

    /// The sum over all shards; 0 for a removed or refused child.
    public var value: Double { cells.isLive ? cells.floatTotal(at: 0) : 0 }
}
