import Exposition

/// Which of a family's states are true: one sample a state, 0 or 1, with a label named like the family.
///
/// OpenMetrics 1.0, "StateSet". All states are bits of one cell, so a scrape never sees ``set(only:)`` half done.
@frozen
public struct StateSet: Instrument {
    @usableFromInline
    let cells: CellHandle
    @usableFromInline
    let shape: InstrumentShape

    /// The most states a family may have.
    public static let maxStates = 64

    /// `stateset`.
    public static var kind: MetricKind { .stateset }

    /// Made by families only.
    public init(cells: CellHandle, shape: InstrumentShape) {
        self.cells = cells
        self.shape = shape
    }

    /// False once the series was removed, by name or because it was idle, and for a child that was refused: it does
    /// nothing any more. Bind again to count on.
    @inlinable @inline(__always)
    public var isLive: Bool { cells.isLive }

    /// Makes one state true or false and leaves the others; an unknown state is refused and counted.
    public func set(_ state: String, _ isTrue: Bool) {
        guard cells.isLive, let bit = bit(of: state) else { return }
        cells.changeBits(set: isTrue ? bit : 0, clear: isTrue ? 0 : bit)
    }

    /// Makes one state true and all others false; an unknown state is refused and counted, and changes nothing.
    public func set(only state: String) {
        guard cells.isLive, let bit = bit(of: state) else { return }
        cells.changeBits(set: bit, clear: ~bit)
    }

    /// Whether a state is true; false for an unknown one and for a removed or refused child.
    public func isSet(_ state: String) -> Bool {
        guard cells.isLive, let position = shape.details.pointee.states.firstIndex(ofExactly: state) else {
            return false
        }
        return cells.total(at: 0) >> UInt64(position) & 1 == 1
    }

    private func bit(of state: String) -> UInt64? {
        guard let position = shape.details.pointee.states.firstIndex(ofExactly: state) else {
            shape.details.pointee.refusals.reject(.unknownState)
            return nil
        }
        return 1 << UInt64(position)
    }
}
