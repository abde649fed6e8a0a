import Testing

@testable import AlertRules

@Suite struct TimeTests {
    @Test(
        "RFC 3339 texts and Unix times are the same moments",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2024-01-01T00:00:00Z", 1_704_067_200_000),
            ("2000-02-29T12:00:00.5Z", 951_825_600_500),
            ("1969-12-31T23:59:59.999Z", -1), ("2262-04-11T23:47:16Z", 9_223_372_036_000),
            ("1900-03-01T00:00:00Z", -2_203_891_200_000),
        ] as [(String, Int64)])
    func rfc3339(text: String, millis: Int64) {
        #expect(RFC3339.unixMillis(text) == millis)
        #expect(RFC3339.string(unixMillis: millis) == text)
    }

    @Test("Offsets are taken off")
    func offsets() {
        #expect(RFC3339.unixMillis("2024-01-01T02:00:00+02:00") == 1_704_067_200_000)
        #expect(RFC3339.unixMillis("2023-12-31T18:30:00-05:30") == 1_704_067_200_000)
    }

    @Test(
        "Texts that are no moments are refused",
        arguments: [
            "", "2024", "2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
            "x",
        ])
    func refused(text: String) {
        #expect(RFC3339.unixMillis(text) == nil)
    }

    @Test(
        "Go's layouts are followed",
        arguments: [
            ("Monday, 02-Jan-06 15:04:05 MST", "Thursday, 29-Feb-24 13:05:09 UTC"), ("3:04PM", "1:05PM"),
            ("2006-01-02T15:04:05.000Z07:00", "2024-02-29T13:05:09.120Z"), ("Jan _2 .999", "Feb 29 .12"),
            ("002 1/2", "060 2/29"),
        ])
    func layouts(layout: String, expected: String) {
        let time = CivilTime(unixMillis: 1_709_211_909_120)
        #expect(GoTimeLayout.format(time, layout: layout) == expected)
    }

    @Test(
        "Durations print as Go prints them",
        arguments: [
            (0, "0s"), (1, "1ns"), (1_500, "1.5µs"), (250_000_000, "250ms"), (1_500_000_000, "1.5s"),
            (60_000_000_000, "1m0s"),
            (-5_400_000_000_000, "-1h30m0s"),
        ] as [(Int64, String)])
    func durations(nanos: Int64, expected: String) {
        #expect(GoDuration.string(nanos: nanos) == expected)
    }
}
