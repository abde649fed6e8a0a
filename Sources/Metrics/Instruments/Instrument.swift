import Exposition

/// A child of a family: one series, or one histogram, ready to be written without a lookup.
///
/// Children are small values of addresses. They may be copied and kept; once their series is removed they do
/// nothing. They belong to the registry that made them and write nowhere useful when it is gone.
public protocol Instrument: Sendable {
    /// The type under which such children are exposed.
    static var kind: MetricKind { get }

    /// Made by families only.
    init(cells: CellHandle, shape: InstrumentShape)

    /// False once the series was removed, by name or because it was idle, and for a child that was refused.
    var isLive: Bool { get }
}
