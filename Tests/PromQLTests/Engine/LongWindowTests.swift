import PromQL
import TestSupport
import Testing
import TimeSeries

@Suite struct LongWindowTests {
    private static func store(_ values: [Double]) throws -> SeriesStore {
        let store = SeriesStore()
        let labels = Labels([("__name__", "m")])
        for (place, value) in values.enumerated() { try store.append(labels, at: Int64(place) * 1000, value) }
        return store
    }

    private static func range(_ text: String, _ store: SeriesStore, to end: Int64) throws -> [Double] {
        let result = try Engine(source: store).range(try Parser.parse(text), from: 0, through: end, step: 7000)
        guard case .matrix(let series) = result.value else { return [] }
        return series.first?.values ?? []
    }

    @Test(arguments: [
        "sum_over_time(m[10m])", "avg_over_time(m[5m])", "stddev_over_time(m[10m])", "stdvar_over_time(m[3m])",
    ])
    func `long windows are right whatever came before them`(text: String) throws {
        var random = SeededGenerator.forTest(seed: 9)
        let kinds: [@Sendable (inout SeededGenerator, Int) -> Double] = [
            { random, _ in Double(random.int(-1000...1000)) / 7 },
            { random, place in place < 800 ? 1e15 * Double(random.int(1...9)) : Double(random.int(0...9)) },
            { random, place in place == 300 ? .infinity : place == 900 ? .nan : Double(random.int(0...99)) },
            { random, _ in 1e9 + Double(random.int(0...3)) * 1e-3 },
            { random, _ in random.oneIn(2) ? 1e200 : 1e-200 },
            { random, _ in random.oneIn(2) ? 1e308 : -1e308 },
        ]
        for kind in kinds {
            let values = (0..<2000).map { kind(&random, $0) }
            let store = try Self.store(values)
            let wide = try Self.range(text, store, to: 2_000_000)
            let engine = Engine(source: store)
            for (place, value) in wide.enumerated() {
                guard
                    case .vector(let samples) = try engine.instant(try Parser.parse(text), at: Int64(place) * 7000)
                        .value
                else { continue }
                let alone = try #require(samples.first).value
                #expect(alone == value || alone.isNaN && value.isNaN, "\(place): \(alone) \(value)")
            }
        }
    }
}
