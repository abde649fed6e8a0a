import Exposition
import TestSupport
import Testing

@Suite("Negotiating the format")
struct NegotiationTests {
    @Test(
        "weights, versions and wildcards decide",
        arguments: [
            (nil, .prometheusText004), ("", .prometheusText004), ("*/*", .prometheusText004),
            ("text/plain", .prometheusText004), ("text/html, */*;q=0.1", .prometheusText004),
            ("application/openmetrics-text", .openMetrics100),
            ("application/openmetrics-text; version=1.0.0", .openMetrics100),
            ("application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", .openMetrics100),
            ("application/openmetrics-text;version=2.0.0", .prometheusText004),
            ("application/openmetrics-text;q=0.3,text/plain;q=0.5", .prometheusText004),
            ("application/openmetrics-text;q=0,*/*", .prometheusText004),
            ("text/plain;version=0.0.4;q=0.2,APPLICATION/OpenMetrics-Text;Version=1.0.0;Q=0.4", .openMetrics100),
            ("application/openmetrics-text;q=abc,text/plain;q=0.1", .prometheusText004),
            (
                // Prometheus 3
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                    + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
                    + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                .openMetrics100
            ),
            (
                // Prometheus 2.42
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .openMetrics100
            ),
            (";;;,,,q=,/;=", .prometheusText004), ("\"", .prometheusText004),
        ] as [(String?, ExpositionFormat)])
    func negotiate(_ accept: String?, _ expected: ExpositionFormat) {
        #expect(ExpositionFormat.negotiate(accept: accept) == expected)
    }

    @Test("no header makes it fail")
    func nonsense() {
        var random = SeededGenerator.forTest()
        let pieces = ["application/openmetrics-text", "text/plain", "*/*", ";", ",", "q=", "0.5", "\"", " ", "=", "é"]
        for _ in 0..<2000 {
            let header = (0...random.int(0...12)).map { _ in pieces[random.int(0...pieces.count - 1)] }.joined()
            _ = ExpositionFormat.negotiate(accept: header)
        }
        #expect(
            ExpositionFormat.negotiate(accept: String(repeating: "text/plain;", count: 100_000)) == .prometheusText004)
    }
}
