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

    /// The format to answer with: of those we write, the one with the highest weight, the first of equals.
    ///
    /// A missing header, `*/*`, `text/*`, or nothing that can be understood or served means text format 0.0.4.
    public static func negotiate(accept: String?) -> ExpositionFormat {
        var best: (format: ExpositionFormat, quality: Int)?
        for range in AcceptHeader(accept ?? "").ranges where range.quality > 0 {
            guard let format = format(for: range), range.quality > best?.quality ?? 0 else { continue }
            best = (format, range.quality)
        }
        return best?.format ?? .prometheusText004
    }

    /// The format that a media range asks for; versions are taken literally.
    private static func format(for range: AcceptHeader.Range) -> ExpositionFormat? {
        switch (range.type, range.version) {
        case ("application/openmetrics-text", nil), ("application/openmetrics-text", "1.0.0"), ("application/*", nil):
            .openMetrics100
        case ("text/plain", nil), ("text/plain", "0.0.4"), ("text/*", nil), ("*/*", nil):
            .prometheusText004
        default:
            nil
        }
    }
}
