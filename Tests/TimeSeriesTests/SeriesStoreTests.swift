import TestSupport
import Testing
import TimeSeries

@Suite struct SeriesStoreTests {
    private static func labels(_ name: String, _ job: String) -> Labels {
        Labels([("__name__", name), ("job", job)])
    }

    @Test func `samples come back by matcher, span and order of labels`() throws {
        let store = SeriesStore()
        for job in ["b", "a", "c"] {
            for time in 0..<10 { try store.append(Self.labels("up", job), at: Int64(time) * 10, Double(time)) }
        }
        try store.append(Self.labels("down", "a"), at: 5, 1)
        let up = LabelMatcher(name: "__name__", equal: "up")
        #expect(store.select([up], from: 0, through: 90).map { $0.labels["job"] } == ["a", "b", "c"])
        #expect(store.select([up], from: 20, through: 40).first?.timestamps == [20, 30, 40])
        #expect(store.select([up], from: 91, through: 200).isEmpty)
        let notA = LabelMatcher(name: "job", equal: "a", negated: true)
        #expect(store.select([up, notA], from: 0, through: 0).count == 2)
        let pattern = LabelMatcher(name: "job", pattern: "a|c") { ["a", "c"].contains($0) }
        #expect(store.select([pattern], from: 0, through: 100).count == 3)
        let absent = LabelMatcher(name: "nothing", equal: "")
        #expect(store.select([absent, up], from: 0, through: 100).count == 3)
        #expect(store.labelValues(of: "job") == ["a", "b", "c"])
        #expect(store.brokenInvariants.isEmpty)
    }

    @Test func `samples out of order and duplicates are refused by type`() throws {
        let store = SeriesStore()
        let labels = Self.labels("up", "a")
        try store.append(labels, at: 10, 1)
        #expect(throws: SeriesStoreError.duplicate(labels: labels, timestampMillis: 10)) {
            try store.append(labels, at: 10, 2)
        }
        #expect(throws: SeriesStoreError.outOfOrder(labels: labels, timestampMillis: 5, lastMillis: 10)) {
            try store.append(labels, at: 5, 2)
        }
        #expect(store.sampleCount == 1)
    }

    @Test func `limits on series and samples are errors that name them`() throws {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSeries: 1, maxSamples: 2))
        try store.append(Self.labels("up", "a"), at: 1, 1)
        let error = #expect(throws: SeriesStoreError.tooManySeries(limit: 1)) {
            try store.append(Self.labels("up", "b"), at: 1, 1)
        }
        #expect(error?.description.contains("1 series") == true)
        try store.append(Self.labels("up", "a"), at: 2, 1)
        #expect(throws: SeriesStoreError.tooManySamples(limit: 2)) {
            try store.append(Self.labels("up", "a"), at: 3, 1)
        }
    }

    @Test func `staleness markers keep their bits`() throws {
        let store = SeriesStore()
        let labels = Self.labels("up", "a")
        try store.appendStale(labels, at: 0)
        #expect(store.seriesCount == 0)
        try store.append(labels, at: 1, .nan)
        try store.appendStale(labels, at: 2)
        let values = try #require(store.select([], from: 0, through: 10).first).values
        #expect(values.map(\.isStaleMarker) == [false, true])
        #expect(values[1].bitPattern == 0x7ff0_0000_0000_0002)
    }

    @Test func `trimming drops old samples and empty series`() throws {
        let store = SeriesStore()
        for time in 0..<1000 { try store.append(Self.labels("up", "a"), at: Int64(time), 1) }
        try store.append(Self.labels("up", "b"), at: 10, 1)
        store.trim(before: 900)
        #expect(store.sampleCount == 100)
        #expect(store.seriesCount == 1)
        #expect(store.timeSpan == 900...999)
        #expect(store.brokenInvariants.isEmpty)
        try store.append(Self.labels("up", "b"), at: 2, 1)
        #expect(store.select([], from: 0, through: 2000).count == 2)
    }

    @Test func `a random life of the store equals a plain model`() throws {
        var random = SeededGenerator.forTest(seed: 7)
        let store = SeriesStore()
        var model: [Labels: [Int64: Double]] = [:]
        var now: Int64 = 0
        for _ in 0..<3000 {
            now += Int64(random.int(0...3))
            let labels = Self.labels("m\(random.int(0...3))", "j\(random.int(0...5))")
            if random.oneIn(100) {
                let bound = now - Int64(random.int(0...60))
                store.trim(before: bound)
                model = model.mapValues { $0.filter { $0.key >= bound } }.filter { !$0.value.isEmpty }
            } else if (model[labels]?.keys.max() ?? -1) < now {
                try store.append(labels, at: now, Double(now))
                model[labels, default: [:]][now] = Double(now)
            }
        }
        let name = LabelMatcher(name: "__name__", equal: "m1")
        let found = store.select([name], from: now - 40, through: now - 10)
        let expected = model.filter { $0.key.metricName == "m1" }.compactMap { labels, samples -> Series? in
            let times = samples.keys.filter { ($0 >= now - 40) && ($0 <= now - 10) }.sorted()
            return times.isEmpty ? nil : Series(labels: labels, timestamps: times, values: times.map(Double.init))
        }
        #expect(found == expected.sorted { $0.labels < $1.labels })
        #expect(store.brokenInvariants.isEmpty)
    }

    @Test func `whole series merge wherever their times lie, and the later one wins`() throws {
        var random = SeededGenerator.forTest(seed: 8)
        let store = SeriesStore()
        var model: [Int64: Double] = [:]
        let labels = Self.labels("up", "a")
        for round in 0..<200 {
            var times = Set<Int64>()
            let start = Int64(random.int(0...500))
            for _ in 0..<random.int(1...30) { times.insert(start + Int64(random.int(0...60))) }
            var series = Series(labels: labels)
            for time in times.sorted() {
                let value = Double(round * 1000 + random.int(0...9))
                if random.oneIn(4) {
                    series.append(FloatHistogram(count: value), at: time)
                } else {
                    series.append(value, at: time)
                }
                model[time] = value
            }
            try store.merge(series)
        }
        let found = try #require(store.select([], from: .min, through: .max).first)
        #expect(found.timestamps == model.keys.sorted())
        let values = found.timestamps.indices.map { found.histogram(at: $0)?.count ?? found.values[$0] }
        #expect(values == model.sorted { $0.key < $1.key }.map(\.value))
        #expect(store.brokenInvariants.isEmpty && store.sampleCount == model.count)
        #expect(throws: SeriesStoreError.outOfOrder(labels: labels, timestampMillis: 1, lastMillis: 1)) {
            try store.merge(Series(labels: labels, timestamps: [1, 1], values: [1, 2]))
        }
    }

    @Test func `readers may look on while the writer appends`() async throws {
        let store = SeriesStore()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for time in 0..<2000 { try store.append(Self.labels("up", "\(time % 7)"), at: Int64(time), 1) }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<200 {
                        let series = store.select([], from: 0, through: 5000)
                        #expect(series.allSatisfy { $0.timestamps.count == $0.values.count })
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(store.sampleCount == 2000)
    }
}
