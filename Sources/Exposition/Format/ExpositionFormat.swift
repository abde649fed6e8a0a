/// A format in which metrics are exposed.
public enum ExpositionFormat: Sendable, CaseIterable {
    /// Prometheus text format 0.0.4.
    case prometheusText004
    /// Prometheus text format 1.0.0: the same with quoted UTF-8 names.
    case prometheusText100
    /// OpenMetrics 0.0.1, which differs from 1.0 in nothing that we write.
    case openMetrics001
    /// OpenMetrics 1.0.
    case openMetrics100
    /// OpenMetrics 2.0, still a release candidate.
    case openMetrics200
    /// `io.prometheus.client.MetricFamily` messages, each behind its length.
    case protobufDelimited

    /// The value of the response's `Content-Type`, without the name escaping of ``NegotiatedExposition``.
    public var contentType: String {
        switch self {
        case .prometheusText004: "text/plain; version=0.0.4; charset=utf-8"
        case .prometheusText100: "text/plain; version=1.0.0; charset=utf-8"
        case .openMetrics001: "application/openmetrics-text; version=0.0.1; charset=utf-8"
        case .openMetrics100: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        case .openMetrics200: "application/openmetrics-text; version=2.0.0; charset=utf-8"
        case .protobufDelimited:
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        }
    }

    /// True for OpenMetrics of any version.
    public var isOpenMetrics: Bool {
        switch self {
        case .openMetrics001, .openMetrics100, .openMetrics200: true
        case .prometheusText004, .prometheusText100, .protobufDelimited: false
        }
    }

    /// True when names beyond the legacy rule may be negotiated; the other formats know no quoted names.
    public var allowsUTF8Names: Bool {
        switch self {
        case .prometheusText100, .openMetrics100, .openMetrics200, .protobufDelimited: true
        case .prometheusText004, .openMetrics001: false
        }
    }

    /// The format that a response's `Content-Type` names, or nil for anything else.
    ///
    /// OpenMetrics of a version that isn't known, or without one, is taken for 1.0, plain text for 0.0.4.
    public init?(contentType: String) {
        guard let type = AcceptHeader.range(String(contentType.prefix(1024))) else { return nil }
        switch (type.type, type["version"]) {
        case ("application/openmetrics-text", "0.0.1"): self = .openMetrics001
        case ("application/openmetrics-text", "2.0.0"): self = .openMetrics200
        case ("application/openmetrics-text", _): self = .openMetrics100
        case ("text/plain", "1.0.0"): self = .prometheusText100
        case ("text/plain", _): self = .prometheusText004
        case ("application/vnd.google.protobuf", _):
            guard NegotiatedExposition.isDelimitedFamily(type) else { return nil }
            self = .protobufDelimited
        default: return nil
        }
    }

    /// The better of the two text formats that every scraper knows.
    public static func negotiate(accept: String?) -> ExpositionFormat {
        NegotiatedExposition.negotiate(accept: accept, offered: [.prometheusText004, .openMetrics100]).format
    }
}
