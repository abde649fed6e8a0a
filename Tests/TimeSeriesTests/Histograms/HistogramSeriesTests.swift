import Testing
import TimeSeries

@Suite struct HistogramSeriesTests {
    private let labels = Labels([("__name__", "h")])

    private func histogram(_ count: Double, _ hint: FloatHistogram.CounterResetHint = .unknown) -> FloatHistogram {
        FloatHistogram(count: count, positive: [.init(index: 0, count: count)], hint: hint)
    }

    @Test func `numbers, histograms and the end of a series lie in one column`() throws {
        let store = SeriesStore()
        try store.append(labels, at: 1, 5)
        try store.append(labels, at: 2, histogram(3))
        try store.appendStale(labels, at: 3)
        try store.append(labels, at: 4, histogram(1))
        try store.append(labels, at: 5, Double(bitPattern: histogramMarker.bitPattern))
        let series = try #require(store.select([], from: 0, through: 9).first)
        #expect(series.values.map(\.isHistogramMarker) == [false, true, false, true, false])
        #expect(series.histogram(at: 1)?.count == 3)
        #expect(series.histogram(at: 3)?.count == 1)
        #expect(series.values[2].isStaleMarker && series.values[4].isNaN)
        let part = try #require(store.select([], from: 3, through: 4).first)
        #expect(part.histograms?.places == [1])
        #expect(store.select([], from: 1, through: 1).first?.histograms == nil)
        #expect(store.brokenInvariants.isEmpty)
    }

    @Test func `hints are found by comparison with the sample before`() throws {
        let store = SeriesStore()
        let samples: [(Double, FloatHistogram.CounterResetHint)] = [
            (1, .notReset), (2, .unknown), (3, .reset), (1, .notReset), (2, .notReset), (2, .gauge), (3, .unknown),
        ]
        for (place, sample) in samples.enumerated() {
            try store.append(labels, at: Int64(place), histogram(sample.0, sample.1))
        }
        let series = try #require(store.select([], from: 0, through: 9).first)
        let hints = series.histograms?.samples.map(\.value.hint)
        #expect(hints == [.unknown, .notReset, .unknown, .unknown, .notReset, .gauge, .unknown])
    }

    @Test func `trimming drops histograms with their samples and gives their memory back`() throws {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSamples: 4000))
        for time in 0..<300 { try store.append(labels, at: Int64(time), histogram(Double(time))) }
        #expect(throws: SeriesStoreError.self) {
            for time in 300..<3000 { try store.append(labels, at: Int64(time), histogram(Double(time))) }
        }
        store.trim(before: 290)
        #expect(store.brokenInvariants.isEmpty)
        let series = try #require(store.select([], from: 0, through: 100_000).first)
        #expect(series.timestamps.first == 290)
        #expect(series.histogram(at: 0)?.count == 290)
        #expect(series.histograms?.places == Array(0..<series.count))
        try store.append(labels, at: 5000, histogram(9000))
        store.trim(before: 6000)
        #expect(store.seriesCount == 0 && store.sampleCount == 0 && store.brokenInvariants.isEmpty)
    }
}
