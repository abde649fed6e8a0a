/// What a file of samples is written in.
public enum DataFormat: String, Sendable, CaseIterable {
    /// Told by the content; see ``OpenMetricsReader``.
    case auto
    /// OpenMetrics 1.0: times are seconds, and `# EOF` ends the text.
    case openmetrics
    /// Prometheus text 0.0.4: times are milliseconds.
    case prometheus
    /// Length-delimited `io.prometheus.client.MetricFamily` messages.
    case protobuf
}
