/// What a scrape is answered with: a format, and how names that the scraper may not know are escaped.
public struct NegotiatedExposition: Sendable, Hashable {
    /// The format.
    public var format: ExpositionFormat
    /// How names are written. Always ``NameEscaping/underscores`` where the format knows no choice.
    public var escaping: NameEscaping

    /// Makes a pair; formats without quoted names always escape with underscores.
    public init(format: ExpositionFormat, escaping: NameEscaping = .underscores) {
        self.format = format
        self.escaping = format.allowsUTF8Names ? escaping : .underscores
    }

    /// The value of the response's `Content-Type`; says the escaping where the format knows one.
    public var contentType: String {
        format.allowsUTF8Names ? "\(format.contentType); escaping=\(escaping.rawValue)" : format.contentType
    }

    /// What is offered unless said otherwise: everything but the release candidate OpenMetrics 2.0.
    public static let stableFormats = Set(ExpositionFormat.allCases).subtracting([.openMetrics200])

    /// What to answer with: of the formats offered the one with the highest weight, the first named of equals.
    ///
    /// A missing header, `*/*`, `text/*`, or nothing that can be understood or served means text format 0.0.4, which
    /// is always offered; no header makes it fail. Prometheus, content_negotiation.md.
    public static func negotiate(
        accept: String?, offered: Set<ExpositionFormat> = stableFormats
    ) -> NegotiatedExposition {
        var best: (answer: NegotiatedExposition, quality: Int)?
        for range in AcceptHeader(accept ?? "").ranges where range.quality > best?.quality ?? 0 {
            guard let format = format(for: range, offered) else { continue }
            let escaping = range["escaping"].flatMap(NameEscaping.init(rawValue:)) ?? .underscores
            best = (NegotiatedExposition(format: format, escaping: escaping), range.quality)
        }
        return best?.answer ?? NegotiatedExposition(format: .prometheusText004)
    }

    /// The format that a media range asks for; versions are taken literally.
    private static func format(
        for range: AcceptHeader.Range, _ offered: Set<ExpositionFormat>
    ) -> ExpositionFormat? {
        candidates(for: range).first { $0 == .prometheusText004 || offered.contains($0) }
    }

    /// What would satisfy a range, best first.
    private static func candidates(for range: AcceptHeader.Range) -> [ExpositionFormat] {
        switch (range.type, range["version"]) {
        case ("application/openmetrics-text", nil): [.openMetrics100, .openMetrics001]
        case ("application/openmetrics-text", "0.0.1"): [.openMetrics001]
        case ("application/openmetrics-text", "1.0.0"): [.openMetrics100]
        case ("application/openmetrics-text", "2.0.0"): [.openMetrics200]
        case ("application/*", nil): [.openMetrics100, .openMetrics001]
        case ("text/plain", nil), ("text/plain", "0.0.4"), ("text/*", nil), ("*/*", nil): [.prometheusText004]
        case ("text/plain", "1.0.0"): [.prometheusText100]
        case ("application/vnd.google.protobuf", _): isDelimitedFamily(range) ? [.protobufDelimited] : []
        default: []
        }
    }

    /// True for protobuf as Prometheus means it.
    static func isDelimitedFamily(_ range: AcceptHeader.Range) -> Bool {
        range["proto"] == "io.prometheus.client.MetricFamily" && range["encoding"] == "delimited"
    }
}
