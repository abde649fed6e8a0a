import TestSupport
import Testing
import TimeSeries

@Suite struct LabelOrderTests {
    @Test func `keys of bytes sort as label sets do`() {
        var random = SeededGenerator.forTest(seed: 5)
        let texts = ["a", "ab", "abc", "b", "é", "a.b", "a-b", "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaab", "a\u{0}b"]
        for round in 0..<200 {
            let mayHoldZero = round % 4 == 0
            let labels = (0..<random.int(0...30)).map { _ in
                Labels(
                    (0..<random.int(0...3)).map { _ in
                        let last = mayHoldZero ? 9 : 8
                        return (texts[random.int(0...4)], texts[random.int(0...last)])
                    })
            }
            let sorted = LabelOrder.places(of: labels).map { places in places.map { labels[$0] } } ?? labels
            #expect(sorted == labels.sorted())
        }
    }

    @Test func `a span is what a selection copies`() throws {
        let store = SeriesStore()
        let labels = Labels([("__name__", "m")])
        for step in 0..<100 { try store.append(labels, at: Int64(step) * 1000, Double(step)) }
        let span = try #require(store.spans([], from: 10_000, through: 20_000).first)
        #expect(span.places == 10..<21 && span.count == 11 && !span.mayBeStale && span.isPlain)
        #expect(span.series == store.select([], from: 10_000, through: 20_000).first)
        try store.append(labels, at: 200_000, staleMarker)
        #expect(store.spans([], from: 10_000, through: 20_000).first?.mayBeStale == true)
        store.trim(before: 90_000)
        #expect(store.spans([], from: 0, through: .max).first?.series.count == 11)
        #expect(store.brokenInvariants.isEmpty)
    }
}
