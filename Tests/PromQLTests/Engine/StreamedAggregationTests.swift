import PromQL
import TestSupport
import Testing
import TimeSeries

/// What the engine does for speed, against the same query where it can't.
@Suite struct StreamedAggregationTests {
    private static func store(_ random: inout SeededGenerator) throws -> SeriesStore {
        let store = SeriesStore()
        for number in 0..<random.int(1...14) {
            let labels = Labels([("__name__", "m_total"), ("n", "\(number)"), ("g", "\(number % 3)")])
            let isRegular = random.oneIn(2)
            var time: Int64 = 0
            var counter = 0.0
            for _ in 0..<200 {
                time += isRegular ? 15_000 : Int64(random.int(1...60)) * 1000
                counter = random.oneIn(40) ? 0 : counter + Double(random.int(0...9)) * 0.25
                let isSpecial = !isRegular && random.oneIn(12)
                let special = [staleMarker, .nan, .infinity, -.infinity, 1e308][random.int(0...4)]
                try store.append(labels, at: time, isSpecial ? special : counter)
            }
        }
        return store
    }

    private static func matrix(_ engine: Engine, _ text: String, _ sharing: SharedParts? = nil) throws -> [Series] {
        let expression = try Parser.parse(text, options: .everything)
        let result = try engine.range(expression, from: 30_000, through: 3_100_000, step: 15_000, sharing: sharing)
        guard case .matrix(let series) = result.value else { return [] }
        return series
    }

    private static func agree(_ left: [Series], _ right: [Series]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { one, other in
                one.labels == other.labels && one.timestamps == other.timestamps
                    && zip(one.values, other.values).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
            }
    }

    @Test(arguments: [
        "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk(3, X)", "bottomk(1, X)",
    ])
    func `columns taken one after another give what all at once give`(operation: String) throws {
        var random = SeededGenerator.forTest(seed: 11)
        for _ in 0..<12 {
            let engine = Engine(source: try Self.store(&random))
            for operand in ["rate(m_total[1m])", "max_over_time(m_total[5m])"] {
                for grouping in ["", " by (g)", " without (n)", " by (__name__)"] {
                    var call = operation.contains("X") ? operation : operation + "(X)"
                    let bracket = call.firstIndex(of: "(") ?? call.endIndex
                    call.insert(contentsOf: grouping, at: bracket)
                    let parts = call.split(separator: "X", omittingEmptySubsequences: false).map(String.init)
                    let streamed = try Self.matrix(engine, parts.joined(separator: operand))
                    // Brackets around a sum of one operand with nothing: a vector that is computed before.
                    let whole = try Self.matrix(engine, parts.joined(separator: "(\(operand) * 1)"))
                    #expect(Self.agree(streamed, whole), "\(call) \(operand)")
                }
            }
        }
    }

    @Test(arguments: [
        "rate(m_total[2m]) / (rate(m_total[2m]) + 1)",
        "sum by (g) (rate(m_total[2m])) / ignoring (g) group_left sum(rate(m_total[2m])) + sum(rate(m_total[2m]))",
        "max(m_total + m_total) - min(m_total + m_total)", "(m_total > 3) or (m_total > 3) * 2",
    ])
    func `parts that occur several times are evaluated once, with the same result`(text: String) throws {
        var random = SeededGenerator.forTest(seed: 12)
        for _ in 0..<6 {
            let engine = Engine(source: try Self.store(&random))
            let expression = try Parser.parse(text, options: .everything)
            let sharing = try #require(SharedParts([expression, expression]))
            let alone = try Self.matrix(engine, text)
            #expect(Self.agree(alone, try Self.matrix(engine, text, sharing)))
            #expect(Self.agree(alone, try Self.matrix(engine, text, sharing)))
            for (place, time) in alone.first?.timestamps.enumerated() ?? [].enumerated() where place % 40 == 0 {
                guard case .vector(let samples) = try engine.instant(expression, at: time).value else { return }
                for sample in samples {
                    let one = alone.first { $0.labels == sample.labels }
                    let wide = one?.timestamps.firstIndex(of: time).map { one?.values[$0] ?? .nan } ?? .nan
                    #expect(sample.value == wide || sample.value.isNaN && wide.isNaN)
                }
            }
        }
    }

    @Test func `nothing is shared where nothing occurs twice`() throws {
        #expect(SharedParts([try Parser.parse("sum(a) / sum(b)")]) == nil)
        #expect(SharedParts([try Parser.parse("a + a")]) == nil)
        #expect(SharedParts([try Parser.parse("rate(a[1m])"), try Parser.parse("sum(rate(a[1m]))")]) != nil)
    }

    @Test func `series of one side that take turns match as one`() throws {
        let store = SeriesStore()
        for step in 0..<60 {
            let time = Int64(step) * 15_000
            try store.append(Labels([("__name__", "a"), ("g", "x"), ("n", "1")]), at: time, Double(step))
            // The other side's series changes its label every ten steps; each ends with a marker.
            for turn in 0..<6 where step / 10 == turn || step == (turn + 1) * 10 {
                let labels = Labels([("__name__", "b"), ("g", "x"), ("turn", "\(turn)")])
                try store.append(labels, at: time, step / 10 == turn ? 2 : staleMarker)
            }
        }
        let engine = Engine(source: store)
        let expression = try Parser.parse("a * on (g) group_left b")
        guard case .matrix(let series) = try engine.range(expression, from: 0, through: 885_000, step: 15_000).value
        else { return }
        #expect(series.count == 1 && series.first?.values == (0..<60).map { Double($0) * 2 })
    }

    @Test func `smoothing over long windows forgets what was before`() throws {
        var random = SeededGenerator.forTest(seed: 13)
        let store = SeriesStore()
        var level = 100.0
        for step in 0..<3000 {
            level += Double(random.int(-50...50)) / 10
            if random.oneIn(700) { level = Double(random.int(1...1_000_000)) }
            try store.append(Labels([("__name__", "m")]), at: Int64(step) * 15_000, level)
        }
        let engine = Engine(source: store)
        for text in ["(m[3h], 0.3, 0.3)", "(m[1h], 0.01, 0.9)", "(m[2m], 0.5, 0.1)"] {
            let expression = try Parser.parse("double_exponential_smoothing" + text, options: .everything)
            let wide = try engine.range(expression, from: 15_000, through: 44_000_000, step: 150_000).value
            guard case .matrix(let series) = wide, let one = series.first else { return }
            for (time, value) in zip(one.timestamps, one.values) {
                guard case .vector(let samples) = try engine.instant(expression, at: time).value else { return }
                let exact = samples.first?.value ?? .nan
                // Beside the largest value: the smoothed level may cross zero.
                #expect(abs(value - exact) <= 1e6 * 1e-13, "\(text) \(time)")
            }
        }
    }
}
