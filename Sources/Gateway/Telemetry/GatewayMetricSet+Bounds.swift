import Exposition
import GatewayMetrics

extension GatewayMetricSet {
    /// Series of `gateway_request_duration_seconds`.
    static let durationLimit = MetricsRegistry.defaultSeriesLimit
    /// Series of `gateway_overhead_seconds`, one a cell.
    static let overheadLimit = 1_000

    /// A child's exemplars: a head of 64 bytes, then 80 for each classic bucket and each of ten native ones.
    private static let exemplarBytes = 64 + 80 * (Histogram.latencyBuckets.count + 1 + 10)
    /// Cell, upstream (`host:port`) and a short word: the longest label values that one series can have together.
    private static let labelBytes = 63 + 261 + 16

    /// What the metrics can cost at most, whatever clients send; logged when the program starts.
    func bounds(loops: Int) -> [(key: String, value: String)] {
        let natives = (Self.durationLimit + Self.overheadLimit + 1) * (loops + 1) * Self.nativeBlockBytes
        // A part of the whole, which also counts series at rest.
        let inUse = natives + Self.durationLimit * Self.exemplarBytes
        func text(_ bound: Int?) -> String { bound.map { "\($0)" } ?? "none" }
        return [
            ("series", text(registry.seriesLimit)),
            ("memory_bytes", text(registry.memoryBound)),
            ("native_histogram_bytes", "\(inUse)"),
            ("page_bytes", text(registry.pageBound(.prometheusText004, labelBytes: Self.labelBytes))),
            ("held_page_bytes", "\(ScrapeFeed.Limits().heldBytes)"),
        ]
    }
}
