import Exposition
import TestSupport
import Testing

@Suite("Negotiating the format")
struct NegotiationTests {
    private static let prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    private static let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

    @Test(
        "weights, versions and wildcards decide",
        arguments: [
            (nil, .prometheusText004), ("", .prometheusText004), ("*/*", .prometheusText004),
            ("text/plain", .prometheusText004), ("text/html, */*;q=0.1", .prometheusText004),
            ("text/*", .prometheusText004), ("text/plain;version=1.0.0", .prometheusText100),
            ("text/plain;version=3.0.0", .prometheusText004),
            ("application/openmetrics-text", .openMetrics100), ("application/*", .openMetrics100),
            ("application/openmetrics-text; version=0.0.1", .openMetrics001),
            ("application/openmetrics-text; version=1.0.0", .openMetrics100),
            ("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", .openMetrics100),
            ("application/openmetrics-text;version=2.0.0", .prometheusText004),
            ("application/openmetrics-text;version=2.0.0,application/openmetrics-text;q=0.5", .openMetrics100),
            ("application/openmetrics-text;q=0.3,text/plain;q=0.5", .prometheusText004),
            ("application/openmetrics-text;q=0,*/*", .prometheusText004),
            ("text/plain;version=0.0.4;q=0.2,APPLICATION/OpenMetrics-Text;Version=1.0.0;Q=0.4", .openMetrics100),
            ("application/openmetrics-text;q=abc,text/plain;q=0.1", .prometheusText004),
            (protobuf, .protobufDelimited), (protobuf + ";q=0.7," + prometheus3, .protobufDelimited),
            (protobuf + ";q=0.1," + prometheus3, .openMetrics100),
            ("application/vnd.google.protobuf", .prometheusText004),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
                .prometheusText004
            ),
            (prometheus3, .openMetrics100),
            (
                // Prometheus 2.42
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .openMetrics100
            ),
            (";;;,,,q=,/;=", .prometheusText004), ("\"", .prometheusText004),
        ] as [(String?, ExpositionFormat)])
    func negotiate(_ accept: String?, _ expected: ExpositionFormat) {
        #expect(NegotiatedExposition.negotiate(accept: accept).format == expected)
    }

    @Test("only what is offered is chosen, text format 0.0.4 always")
    func offers() {
        let newest = "application/openmetrics-text;version=2.0.0;q=0.9," + Self.prometheus3
        #expect(
            NegotiatedExposition.negotiate(accept: newest, offered: Set(ExpositionFormat.allCases)).format
                == .openMetrics200)
        #expect(NegotiatedExposition.negotiate(accept: newest, offered: []).format == .prometheusText004)
        #expect(
            NegotiatedExposition.negotiate(accept: "application/openmetrics-text", offered: [.openMetrics001]).format
                == .openMetrics001)
        #expect(ExpositionFormat.negotiate(accept: Self.protobuf + "," + Self.prometheus3) == .openMetrics100)
    }

    @Test(
        "the content type tells the version, and the escaping where names may be escaped",
        arguments: [
            (nil, "text/plain; version=0.0.4; charset=utf-8"),
            (
                "text/plain;version=0.0.4;escaping=allow-utf-8", "text/plain; version=0.0.4; charset=utf-8"
            ),
            ("text/plain;version=1.0.0", "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"),
            (
                "text/plain;version=1.0.0;escaping=dots", "text/plain; version=1.0.0; charset=utf-8; escaping=dots"
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=values",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values"
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=nonsense",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
            ),
            (
                "application/openmetrics-text;version=0.0.1;escaping=values",
                "application/openmetrics-text; version=0.0.1; charset=utf-8"
            ),
            (
                prometheus3, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"
            ),
            (
                protobuf + ";escaping=\"allow-utf-8\"",
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; "
                    + "escaping=allow-utf-8"
            ),
        ] as [(String?, String)])
    func contentTypes(_ accept: String?, _ expected: String) {
        #expect(NegotiatedExposition.negotiate(accept: accept).contentType == expected)
    }

    @Test(
        "gzip is taken when it is at least as welcome as no coding",
        arguments: [
            (nil, .identity), ("", .identity), ("gzip", .gzip), ("GZIP;q=0.5", .gzip),
            ("deflate, gzip;q=1.0, *;q=0.5", .gzip),
            ("*", .gzip), ("gzip;q=0", .identity), ("gzip;q=0, *", .identity), ("identity;q=0", .identity),
            ("identity, gzip;q=0.5", .identity), ("identity;q=0.5, gzip;q=0.5", .gzip), ("br, zstd", .identity),
            ("x-gzip", .gzip), ("gzip;q=nope", .identity), (",;q=,", .identity),
        ] as [(String?, ContentCoding)])
    func codings(_ acceptEncoding: String?, _ expected: ContentCoding) {
        #expect(ContentCoding.negotiate(acceptEncoding: acceptEncoding) == expected)
    }

    @Test("a content type names its format again")
    func contentTypeRead() throws {
        for format in ExpositionFormat.allCases {
            for escaping in NameEscaping.allCases {
                let type = NegotiatedExposition(format: format, escaping: escaping).contentType
                #expect(ExpositionFormat(contentType: type) == format)
            }
            var reader = ExpositionReader(format: format)
            try reader.consume(format.isOpenMetrics ? Array("# EOF\n".utf8) : []) { _ in }
            try reader.finish { _ in }
        }
        #expect(ExpositionFormat(contentType: "text/plain") == .prometheusText004)
        #expect(ExpositionFormat(contentType: "application/openmetrics-text; version=9") == .openMetrics100)
        for other in ["", "text/html", "application/json", "application/vnd.google.protobuf", ";"] {
            #expect(ExpositionFormat(contentType: other) == nil, "\(other)")
        }
    }

    @Test("no header makes it fail")
    func nonsense() {
        var random = SeededGenerator.forTest()
        let pieces = [
            "application/openmetrics-text", "text/plain", "*/*", ";", ",", "q=", "0.5", "\"", " ", "=", "é", "version=",
            "escaping=", "1.0.0", "dots", "gzip", Self.protobuf,
        ]
        for _ in 0..<3000 {
            let header = (0...random.int(0...12)).map { _ in pieces[random.int(0...pieces.count - 1)] }.joined()
            _ = NegotiatedExposition.negotiate(accept: header).contentType
            _ = ContentCoding.negotiate(acceptEncoding: header)
        }
        let long = String(repeating: "text/plain;", count: 100_000)
        #expect(NegotiatedExposition.negotiate(accept: long).format == .prometheusText004)
    }
}
