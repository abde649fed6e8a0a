import Exposition
import GatewayMetrics

extension GatewayMetricSet {
    /// Series of a family that has one or two for each cell; configured cells are few.
    static let cellLimit = 2_000
    /// Series of a family whose label has a handful of values known beforehand.
    static let fewLimit = 64

    /// Cell, upstream (`host:port`) and a short word: the longest label values that one series can have together.
    private static let labelBytes = 63 + 261 + 16

    /// What the metrics can cost at most, whatever clients send; logged when the program starts.
    func bounds() -> [(key: String, value: String)] {
        func text(_ bound: Int?) -> String { bound.map { "\($0)" } ?? "none" }
        return [
            ("series", text(registry.seriesLimit)), ("memory_bytes", text(registry.memoryBound)),
            ("page_bytes", text(registry.pageBound(.prometheusText004, labelBytes: Self.labelBytes))),
            ("held_page_bytes", "\(ScrapeFeed.Limits().heldBytes)"),
        ]
    }
}
