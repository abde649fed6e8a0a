import TestSupport
import Testing
import TimeSeries

@Suite struct StartTimestampTests {
    @Test func `a column of changes answers like a plain list`() {
        var random = SeededGenerator.forTest(seed: 20_261_130)
        for _ in 0..<300 {
            let starts = (0..<Int.random(in: 0..<40, using: &random)).map { _ in Int64.random(in: 0...3, using: &random)
            }
            var column = StartTimestampColumn()
            for (place, start) in starts.enumerated() { column.append(start, at: place) }
            #expect(column.expanded(count: starts.count) == starts, "seed \(random.seed)")
            #expect(starts.indices.map { column[$0] } == starts)
            #expect(column.isEmpty == starts.allSatisfy { $0 == 0 })
            let low = Int.random(in: 0...starts.count, using: &random)
            let range = low..<Int.random(in: low...starts.count, using: &random)
            #expect(column.knownCount(in: range) == starts[range].count { $0 != 0 })
            let slice = column.slice(range)
            #expect((slice ?? StartTimestampColumn()).expanded(count: range.count) == Array(starts[range]))
            #expect((slice == nil) == starts[range].allSatisfy { $0 == 0 })
        }
    }

    @Test func `the store keeps starts through slices and trimming and counts them`() throws {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSamples: 400))
        let labels = Labels([("__name__", "a")])
        for place in 0..<200 {
            try store.append(
                labels, at: Int64(place) * 10, Double(place), startedAt: place < 100 ? 0 : Int64(place / 50))
        }
        #expect(store.brokenInvariants.isEmpty)
        let middle = try #require(store.select([], from: 990, through: 1010).first)
        #expect(middle.startTimestamps?.expanded(count: 3) == [0, 2, 2])
        #expect(store.select([], from: 0, through: 900).first?.startTimestamps == nil)
        try #require(throws: SeriesStoreError.tooManySamples(limit: 400)) {
            for place in 200..<260 { try store.append(labels, at: Int64(place) * 10, 0, startedAt: 1) }
        }
        store.trim(before: 1500)
        #expect(store.brokenInvariants.isEmpty)
        let rest = try #require(store.select([], from: 0, through: 1600).first)
        #expect(rest.startTimestamps?[0] == 3)
    }
}
