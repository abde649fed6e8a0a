import Exposition

/// Text that does not change while the series is there, in its labels; the value is always 1.
///
/// OpenMetrics 1.0, "Info": the sample's name ends in `_info`.
@frozen
public struct Info: Instrument {
    @usableFromInline
    let cells: CellHandle

    /// `info`.
    public static var kind: MetricKind { .info }

    /// Made by families only.
    public init(cells: CellHandle, shape _: InstrumentShape) { self.cells = cells }

    /// True while the series is exposed.
    public var isLive: Bool { cells.isLive }
}
