import PromQL
import TimeSeries

/// All series of a test with their samples, as `--debug` shows them.
enum SeriesDump {
    /// - Parameter endMillis: the last `eval_time`, relative to the start.
    static func text(_ source: any SeriesSource, endMillis: Int64) -> String {
        let (nanos, overflow) = endMillis.multipliedReportingOverflow(by: 1_000_000)
        // A time with a fraction of a second is shown as the next whole one.
        let time = GoDuration.string(
            nanos: overflow ? Int64.max : (nanos / 1_000_000_000).addingClamped(1) * 1_000_000_000)
        var text = "DEBUG: Dump of all data (input_series and rules) at \(time):\n"
        guard let all = try? source.select([], from: Int64.min, through: Int64.max) else { return text }
        for series in all {
            text += "\(series.labels.bracedDescription) =>\n"
            for (index, time) in series.timestamps.enumerated() where !series.values[index].isStaleMarker {
                let value = series.histogram(at: index)?.promQLText ?? formatPrometheusFloat(series.values[index])
                text += "\(value) @[\(time)]\n"
            }
        }
        return text
    }
}
