/// A format in which metrics are exposed.
public enum ExpositionFormat: Sendable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case prometheusText004
    /// OpenMetrics 1.0.
    case openMetrics100

    /// The value of the response's `Content-Type`.
    public var contentType: String {
        switch self {
        case .prometheusText004: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics100: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}
