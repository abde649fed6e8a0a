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
        /// The rule by which it may fail; nil when it must pass.
        let exemption: String?
    }

    private var store = SeriesStore()
    /// All loads since the last clear: loads are additive and may come in any order of time.
    private var samples: [Labels: [Int64: Script.Sample]] = [:]
    private var hasStartTimestamps = false
    private(set) var outcomes: [Outcome] = []

    static var options: EngineOptions {
        var options = EngineOptions()
        options.delayedNameRemoval = true
        return options
    }

    mutating func run(_ script: Script) throws {
        for command in script.commands {
            switch command {
            case .clear:
                store = SeriesStore()
                samples = [:]
                hasStartTimestamps = false
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
                        line: evaluation.line, expression: evaluation.expression, problem: problem,
                        exemption: exemption(evaluation)))
            }
        }
    }

    private mutating func fill(_ load: Script.Load) throws {
        for line in load.series {
            if line.isStartTimestamps { hasStartTimestamps = true }
            for (place, value) in line.values.enumerated() {
                guard let value else { continue }
                let time = Int64(place) * load.stepMillis
                samples[line.labels, default: [:]][time] = value
            }
        }
        if load.convertsHistograms {
            for (labels, points) in ClassicConversion.histograms(load) {
                samples[labels, default: [:]].merge(points) { old, _ in old }
            }
        }
        store = SeriesStore()
        for (labels, points) in samples {
            for (time, value) in points.sorted(by: { $0.key < $1.key }) {
                switch value {
                case .number(let number): try store.append(labels, at: time, number)
                case .histogram(let histogram, _): try store.append(labels, at: time, histogram)
                }
            }
        }
    }

    /// The classes of statements that may fail, by rule: they need samples or modifiers that aren't built.
    private func exemption(_ evaluation: Script.Evaluation) -> String? {
        if hasStartTimestamps { return "start timestamps" }
        guard let expression = try? Parser.parse(evaluation.expression, options: .everything) else {
            return evaluation.expression.contains("smoothed") || evaluation.expression.contains("anchored")
                ? "extended range selectors" : nil
        }
        var reason: String?
        expression.walk { node in
            switch node {
            case .selector(let selector) where selector.boundary != nil: reason = "extended range selectors"
            case .call(let call) where call.function == .info: reason = "info()"
            case .call(let call) where call.function == .startTimestamp: reason = "start timestamps"
            default: break
            }
            return true
        }
        return reason
    }

    // MARK: Statements

    private func check(_ evaluation: Script.Evaluation) throws {
        let expectation = evaluation.expectation
        let expression: Expression
        let engine = Engine(source: store, options: ScriptRunner.options)
        let result: QueryResult
        do {
            expression = try Parser.parse(evaluation.expression, options: .everything)
            switch evaluation.kind {
            case .instant(let time):
                result = try engine.instant(expression, at: expectation.rangeVector?.through ?? time)
            case .range(let from, let through, let step):
                result = try engine.range(expression, from: from, through: through, step: step)
            }
        } catch {
            guard let failure = expectation.failure else { throw ScriptError(description: "failed: \(error)") }
            let texts = ["\(error)", (error as? PromQLError)?.message ?? ""]
            if !texts.contains(where: failure.matches) {
                throw ScriptError(description: "failed with another message: \(error)")
            }
            return
        }
        if expectation.failure != nil { throw ScriptError(description: "should fail, gave \(result.value)") }
        try checkAnnotations(result.annotations, expectation)
        switch evaluation.kind {
        case .instant(let time):
            try ScriptComparison.instant(result.value, expectation)
            try checkVariants(evaluation, expression, time)
        case .range(let from, let through, let step):
            try ScriptComparison.range(result.value, expectation, from: from, through: through, step: step)
        }
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

    /// The rewrites with `@ time`, and the range query whose middle step must give the same.
    private func checkVariants(
        _ evaluation: Script.Evaluation, _ expression: Expression, _ time: Int64
    ) throws {
        let expectation = evaluation.expectation
        if expectation.rangeVector != nil || expectation.string != nil || expression.type == .string { return }
        let engine = Engine(source: store, options: ScriptRunner.options)
        let isOrdered = expectation.isOrdered
        if !isOrdered, !QueryRewrite.usesQueryTimes(expression) {
            try checkMiddle(engine, expression, time, expectation)
        }
        guard let fixed = QueryRewrite.fixed(expression, at: time) else { return }
        let text = fixed.description
        let parsed = try Parser.parse(text, options: .everything)
        let times = time == 0 ? [-1000, 0, 1000] : [-10 * time, 0, time / 5, time, 10 * time]
        for other in times {
            do {
                try ScriptComparison.instant(try engine.instant(parsed, at: other).value, expectation)
                if !isOrdered { try checkMiddle(engine, parsed, other, expectation) }
            } catch {
                throw ScriptError(description: "variant \(text) at \(other): \(error)")
            }
        }
    }

    private func checkMiddle(
        _ engine: Engine, _ expression: Expression, _ time: Int64, _ expectation: Script.Expectation
    ) throws {
        if expression.type != .scalar, expression.type != .vector { return }
        let result = try engine.range(expression, from: time - 60_000, through: time + 60_000, step: 60_000)
        guard case .matrix(let series) = result.value else { return }
        let samples = series.compactMap { one -> VectorSample? in
            guard let place = one.timestamps.firstIndex(of: time) else { return nil }
            return VectorSample(
                labels: one.labels, timestampMillis: time, value: one.values[place],
                histogram: one.histogram(at: place))
        }
        do {
            if expression.type == .scalar {
                try ScriptComparison.instant(.scalar(time, samples.first?.value ?? .nan), expectation)
            } else {
                try ScriptComparison.instant(.vector(samples), expectation)
            }
        } catch {
            throw ScriptError(description: "middle of a range query: \(error)")
        }
    }
}
