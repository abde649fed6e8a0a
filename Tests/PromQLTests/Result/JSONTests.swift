import PromQL
import Testing
import TimeSeries

@Suite struct JSONTests {
    private static func result(_ value: QueryValue) -> String {
        QueryResult(value: value, annotations: [], statistics: QueryStatistics()).jsonData()
    }

    @Test func `every type is written as Prometheus's HTTP interface writes it`() {
        #expect(Self.result(.scalar(1500, 0.1)) == #"{"resultType":"scalar","result":[1.500,"0.1"]}"#)
        #expect(Self.result(.string(-1, "a\"\n")) == #"{"resultType":"string","result":[-0.001,"a\"\n"]}"#)
        let labels = Labels([("__name__", "up"), ("job", "ü\u{1}")])
        #expect(
            Self.result(.vector([VectorSample(labels: labels, timestampMillis: 60_000, value: .infinity)]))
                == #"{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"ü\u0001"},"#
                + #""value":[60,"+Inf"]}]}"#
        )
        #expect(
            Self.result(.matrix([Series(labels: .empty, timestamps: [0, 1001], values: [.nan, -1e-7])]))
                == #"{"resultType":"matrix","result":[{"metric":{},"values":[[0,"NaN"],[1.001,"-0.0000001"]]}]}"#)
        #expect(Self.result(.vector([])) == #"{"resultType":"vector","result":[]}"#)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (1e21, "1000000000000000000000"), (0.1, "0.1"),
            (1.5e-10, "0.00000000015"),
            (123_456_789.125, "123456789.125"),
            (1.7976931348623157e308, "17976931348623157" + String(repeating: "0", count: 292)),
            (.leastNonzeroMagnitude, "0." + String(repeating: "0", count: 323) + "5"), (-.infinity, "-Inf"),
        ] as [(Double, String)])
    func `numbers are the shortest digits without an exponent`(value: Double, text: String) {
        #expect(formatPrometheusFloat(value) == text)
    }

    @Test(
        arguments: [
            (1e21, "1e+21"), (1e20, "1e+20"), (999_999, "999999"), (0.00001, "1e-05"), (1.25e-7, "1.25e-07"),
            (0.0001, "0.0001"),
            (1e100, "1e+100"), (-2.5, "-2.5"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `Go's general format has exponents at its two ends`(value: Double, text: String) {
        #expect(formatGoFloat(value) == text)
    }

    @Test(
        arguments: [
            ("1h30m", 5_400_000), ("500ms", 500), ("0", 0), ("1d", 86_400_000), ("1y2w3d4h5m6s7ms", 33_019_506_007),
        ] as [(String, Int64)])
    func `durations are read and written`(text: String, millis: Int64) throws {
        #expect(try parsePrometheusDuration(text) == millis)
        #expect(try parsePrometheusDuration(formatPrometheusDuration(millis)) == millis)
    }

    @Test(arguments: ["", "1", "1m1h", "1x", "-1s", "1.5h", "1m1m", "99999999999999999999y", "m"])
    func `what is no duration is refused`(text: String) {
        #expect(throws: DurationError.self) { try parsePrometheusDuration(text) }
    }
}
