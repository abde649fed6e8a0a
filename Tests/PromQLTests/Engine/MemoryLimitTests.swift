import Locking
import PromQL
import Testing
import TimeSeries

/// What a query may hold is counted before it is made.
@Suite struct MemoryLimitTests {
    private static func store(series: Int) throws -> SeriesStore {
        let store = SeriesStore()
        for number in 0..<series { try store.append(Labels([("__name__", "m"), ("n", "\(number)")]), at: 0, 1) }
        return store
    }

    @Test(arguments: ["m @ 0", "vector(1)", "1 + 1", "sum(m @ 0)"])
    func `a constant that has no room at all steps is refused before it is repeated`(text: String) throws {
        // More values than memory has, and with all series more than an integer holds.
        var options = EngineOptions()
        options.maxSteps = .max
        let engine = Engine(source: try Self.store(series: 1500), options: options)
        let expression = try Parser.parse(text)
        #expect(throws: EvaluationError.tooManySamples(limit: options.maxSamples)) {
            try engine.range(expression, from: .min, through: .max, step: 1)
        }
    }

    /// A group in which many series of both sides meet; those of the "one" side take turns.
    private static func crowd() throws -> SeriesStore {
        let store = SeriesStore()
        for step in 0..<600 {
            let time = Int64(step) * 1000
            for number in 0..<20 {
                try store.append(Labels([("__name__", "many"), ("n", "\(number)")]), at: time, Double(step))
            }
            let turn = step / 10
            if step % 10 == 0, turn > 0 {
                try store.append(Labels([("__name__", "one"), ("turn", "\(turn - 1)")]), at: time, staleMarker)
            }
            try store.append(Labels([("__name__", "one"), ("turn", "\(turn)")]), at: time, 2)
        }
        return store
    }

    @Test func `a join counts its columns as they arise and asks whether to go on`() throws {
        let store = try Self.crowd()
        let calls = Locked(0)
        func run(_ text: String, _ maxSamples: Int) throws {
            calls.withLock { $0 = 0 }
            var options = EngineOptions()
            options.maxSamples = maxSamples
            options.isCancelled = {
                calls.withLock { $0 += 1 }
                return false
            }
            let expression = try Parser.parse(text)
            _ = try Engine(source: store, options: options).range(expression, from: 0, through: 599_000, step: 1000)
        }
        // 1,200 columns of 600 steps come of operands with 80.
        let join = "many * on () group_left (turn) one"
        try run("many and on () one", 1_000_000)
        let before = calls.withLock { $0 }
        try run(join, 1_000_000)
        #expect(calls.withLock { $0 } > before + 2)
        #expect(throws: EvaluationError.tooManySamples(limit: 100_000)) { try run(join, 100_000) }
        // The last result alone would have had room.
        #expect(throws: EvaluationError.tooManySamples(limit: 740_000)) { try run(join, 740_000) }
    }

    @Test func `label values that double at every level end with an error`() throws {
        var joined = "m"
        var replaced = "m"
        for _ in 0..<40 {
            joined = "label_join(\(joined), \"n\", \"\", \"n\", \"n\")"
            replaced = "label_replace(\(replaced), \"n\", \"$1$1\", \"n\", \"(.*)\")"
        }
        func fails(_ text: String, _ store: SeriesStore, _ options: EngineOptions) throws {
            let limit = options.maxLabelValueBytes
            let error = EvaluationError.failed("value of label \"n\" would be longer than \(limit) bytes")
            let expression = try Parser.parse(text)
            #expect(throws: error) { try Engine(source: store, options: options).instant(expression, at: 0) }
        }
        let store = try Self.store(series: 2)
        try fails(joined, store, EngineOptions())
        var small = EngineOptions()
        small.maxLabelValueBytes = 1000
        try fails(replaced, store, small)
        // One call alone that names the value very often.
        let long = SeriesStore()
        try long.append(Labels([("__name__", "m"), ("n", String(repeating: "x", count: 900))]), at: 0, 1)
        let often = String(repeating: "$1", count: 1000)
        try fails("label_replace(m, \"n\", \"\(often)\", \"n\", \"(.*)\")", long, small)
    }

    @Test func `the text of new labels counts as held by the query`() throws {
        let text = "label_replace(m, \"x\", \"\(String(repeating: "x", count: 8000))\", \"n\", \".*\")"
        var options = EngineOptions()
        func count(_ series: Int) throws -> Int {
            let engine = Engine(source: try Self.store(series: series), options: options)
            guard case .vector(let samples) = try engine.instant(try Parser.parse(text), at: 0).value else { return 0 }
            return samples.count
        }
        options.maxSamples = 5100
        #expect(try count(5) == 5)
        #expect(throws: EvaluationError.tooManySamples(limit: 5100)) { try count(6) }
    }
}
