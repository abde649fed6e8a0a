import PromQL
import TimeSeries

/// Runs a script against the engine, with the checks that promqltest adds to every instant query.
struct ScriptRunner {
    /// What became of a statement.
    struct Outcome {
        let line: Int
        let expression: String
        /// Nil when it passed.
        let problem: String?
    }

    private struct Point {
        let value: Script.Sample
        var start: Int64 = 0
    }

    private var store = SeriesStore()
    /// All loads since the last clear: loads are additive and may come in any order of time.
    private var samples: [Labels: [Int64: Point]] = [:]
    private(set) var outcomes: [Outcome] = []

    static var options: EngineOptions {
        var options = EngineOptions()
        options.delayedNameRemoval = true
        options.useStartTimestamps = true
        options.maxSamples = 10_000
        return options
    }

    mutating func run(_ script: Script) throws {
        for command in script.commands {
            switch command {
            case .clear:
                store = SeriesStore()
                samples = [:]
            case .load(let load): try fill(load)
            case .evaluate(let evaluation):
                var problem: String?
                do {
                    try check(evaluation)
                } catch {
                    problem = "\(error)"
                }
                outcomes.append(
                    Outcome(
                        line: evaluation.line, expression: evaluation.expression, problem: problem))
            }
        }
    }

    private mutating func fill(_ load: Script.Load) throws {
        for line in load.series {
            for (place, value) in line.values.enumerated() {
                guard let value else { continue }
                let time = Int64(place) * load.stepMillis
                let start = line.starts.isEmpty ? nil : line.starts[place]
                samples[line.labels, default: [:]][time] = Point(value: value, start: start.map { time + $0 } ?? 0)
            }
        }
        if load.convertsHistograms {
            for (labels, points) in ClassicConversion.histograms(load) {
                samples[labels, default: [:]].merge(points.mapValues { Point(value: $0) }) { old, _ in old }
            }
        }
        store = SeriesStore()
        for (labels, points) in samples {
            for (time, point) in points.sorted(by: { $0.key < $1.key }) {
                switch point.value {
                case .number(let number): try store.append(labels, at: time, number, startedAt: point.start)
                case .histogram(let histogram, _):
                    try store.append(labels, at: time, histogram, startedAt: point.start)
                }
            }
        }
    }

    // MARK: Statements

    private func check(_ evaluation: Script.Evaluation) throws {
        let engine = Engine(source: store, options: ScriptRunner.options)
        switch evaluation.kind {
        case .instant(let time):
            let time = evaluation.expectation.rangeVector?.through ?? time
            try checkInstant(engine, evaluation.expression, time, evaluation.expectation)
            guard let expression = try? Parser.parse(evaluation.expression, options: .everything),
                let fixed = QueryRewrite.fixed(expression, at: time)
            else { return }
            for other in time == 0 ? [-1000, 0, 1000] : [-10 * time, 0, time / 5, time, 10 * time] {
                do {
                    try checkInstant(engine, fixed.description, other, evaluation.expectation)
                } catch {
                    throw ScriptError(description: "variant \(fixed) at \(other): \(error)")
                }
            }
        case .range(let from, let through, let step):
            let expectation = evaluation.expectation
            let result = try run(evaluation.expression, expectation) { expression in
                try engine.range(expression, from: from, through: through, step: step)
            }
            guard let result else { return }
            try ScriptComparison.range(result.value, expectation, from: from, through: through, step: step)
        }
    }

    /// Runs a query; nil when it failed as it should.
    private func run(
        _ text: String, _ expectation: Script.Expectation, _ body: (Expression) throws -> QueryResult
    ) throws -> QueryResult? {
        let result: QueryResult
        do {
            result = try body(try Parser.parse(text, options: .everything))
        } catch {
            guard let failure = expectation.failure else { throw ScriptError(description: "failed: \(error)") }
            let texts = ["\(error)", (error as? PromQLError)?.message ?? ""]
            if !texts.contains(where: failure.matches) {
                throw ScriptError(description: "failed with another message: \(error)")
            }
            return nil
        }
        if expectation.failure != nil { throw ScriptError(description: "should fail, gave \(result.value)") }
        try checkAnnotations(result.annotations, expectation)
        return result
    }

    private func checkAnnotations(_ annotations: [Annotation], _ expectation: Script.Expectation) throws {
        func check(_ severity: Annotation.Severity, _ matchers: [Script.Matcher], forbids: Bool) throws {
            let found = annotations.filter { $0.severity == severity }.map(\.description)
            if forbids, !found.isEmpty { throw ScriptError(description: "unexpected \(severity): \(found)") }
            if matchers.isEmpty { return }
            for text in found where !matchers.contains(where: { $0.matches(text) }) {
                throw ScriptError(description: "unexpected \(severity): \(text)")
            }
            for matcher in matchers where !found.contains(where: matcher.matches) {
                throw ScriptError(description: "missing \(severity) \(matcher), found \(found)")
            }
        }
        try check(.warning, expectation.warnings, forbids: expectation.forbidsWarnings)
        try check(.info, expectation.infos, forbids: expectation.forbidsInfos)
    }

    /// An instant query, and the range query around it whose middle step must give the same.
    private func checkInstant(
        _ engine: Engine, _ text: String, _ time: Int64, _ expectation: Script.Expectation
    ) throws {
        let result = try run(text, expectation) { try engine.instant($0, at: time) }
        guard let result else { return }
        try ScriptComparison.instant(result.value, expectation)
        let isExcluded = expectation.rangeVector != nil || expectation.string != nil
        if isExcluded || QueryRewrite.usesQueryTimes(text) { return }
        let expression = try Parser.parse(text, options: .everything)
        do {
            let result = try engine.range(expression, from: time - 60_000, through: time + 60_000, step: 60_000)
            guard case .matrix(let series) = result.value, !expectation.isOrdered else { return }
            if zip(series, series.dropFirst()).contains(where: { $0.labels > $1.labels }) {
                throw ScriptError(description: "series aren't sorted")
            }
            try ScriptComparison.instant(middle(series, time, expression.type), expectation)
        } catch {
            throw ScriptError(description: "middle of a range query: \(error)")
        }
    }

    private func middle(_ series: [Series], _ time: Int64, _ type: ValueType) throws -> QueryValue {
        let samples = series.compactMap { one -> VectorSample? in
            guard let place = one.timestamps.firstIndex(of: time) else { return nil }
            return VectorSample(
                labels: one.labels, timestampMillis: time, value: one.values[place], histogram: one.histogram(at: place)
            )
        }
        if type != .scalar { return .vector(samples) }
        guard let only = samples.first else { throw ScriptError(description: "no scalar") }
        return .scalar(time, only.value)
    }
}
