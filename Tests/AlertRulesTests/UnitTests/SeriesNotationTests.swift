import PromQL
import TestSupport
import Testing
import TimeSeries

@testable import AlertRules

@Suite struct SeriesNotationTests {
    /// The values of a text without histograms.
    private func numbers(_ text: String) throws -> [Double?] {
        try SeriesNotation.values(text).map { value in
            guard case .number(let number)? = value else { return nil }
            return number
        }
    }

    @Test("Histograms stand where numbers do")
    func histograms() throws {
        let values = try SeriesNotation.values("1 {{count:1 buckets:[1]}}+{{count:2 offset:1 buckets:[2]}}x2 _ {{}}x1")
        let notations = values.map { value in
            if case .histogram(let histogram)? = value { return histogram.notation }
            return value == nil ? "_" : "number"
        }
        #expect(
            notations == [
                "number", "{{count:1 buckets:[1]}}", "{{count:3 buckets:[1 2]}}", "{{count:5 buckets:[1 4]}}", "_",
                "{{}}", "{{}}",
            ])
    }

    @Test(
        "Values are read as promtool reads them",
        arguments: [
            ("1 2 3", [1, 2, 3]), ("_ 1 _", [nil, 1, nil]), ("_x3", [nil, nil, nil]), ("5x2", [5, 5, 5]),
            ("0+10x3", [0, 10, 20, 30]), ("3-1x2", [3, 2, 1]), ("-1+2x1", [-1, 1]), ("1e3 .5 1.", [1000, 0.5, 1]),
            ("0x3", [0, 0, 0, 0]), ("Inf -Inf +inf", [.infinity, -.infinity, .infinity]), ("", []),
            (" \n1\t2 ", [1, 2]),
            ("1+1x0", [1]), ("1e1+1e1x1", [10, 20]),
        ] as [(String, [Double?])])
    func values(text: String, expected: [Double?]) throws {
        #expect(try numbers(text) == expected)
    }

    @Test("Repeated addition keeps its rounding")
    func rounding() throws {
        let values = try numbers("0+0.1x3")
        #expect(values == [0, 0.1, 0.1 + 0.1, 0.1 + 0.1 + 0.1])
    }

    @Test("stale is the staleness marker, NaN isn't")
    func stale() throws {
        let values = try numbers("stale NaN")
        #expect(values[0]?.isStaleMarker == true)
        #expect(values[1]?.isStaleMarker == false && values[1]?.isNaN == true)
    }

    @Test(
        "What isn't a list of values is refused",
        arguments: [
            "stalex3", "NaNx3", "Infx3", "1x", "1+1", "1+x3", "a", "1 2a", "--1", "1x99999999999", "_x", "{{x}}",
            "5x2000000000", "{{", "{{}}x", "{{}}+1x2", "{{}}+{{}}", "{{}}x999999", "{{}}+{{}}x999999",
            "{{schema:1}}+{{}}x2",
            "{{schema:-53}}+{{}}x2", "{{count:1}}5",
        ])
    func refused(text: String) {
        #expect(throws: SeriesNotationError.self) { try SeriesNotation.values(text, maxValues: 1_000_000) }
    }

    @Test("A number of repetitions that no limit forbids is still bounded, and the bound is named")
    func repetitions() {
        let error = #expect(throws: SeriesNotationError.self) {
            try SeriesNotation.runs("1x99999999999", maxValues: Int.max)
        }
        #expect(error?.message == "more than 2147483646 repetitions")
    }

    @Test("Random texts give values or an error")
    func randomTexts() {
        var random = SeededGenerator.forTest()
        let alphabet = Array("0123456789+-x_. eEsinfNa{}\n\u{e9}")
        for _ in 0..<5_000 {
            let text = String((0..<random.int(0...12)).map { _ in alphabet[random.int(0...(alphabet.count - 1))] })
            _ = try? SeriesNotation.values(text, maxValues: 1_000)
        }
    }
}
