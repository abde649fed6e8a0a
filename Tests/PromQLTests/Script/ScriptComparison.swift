import PromQL
import TimeSeries

/// Compares results with what a script expects, with promqltest's tolerance.
enum ScriptComparison {
    static func instant(_ value: QueryValue, _ expectation: Script.Expectation) throws {
        switch value {
        case .string(_, let text):
            if text != expectation.string { throw ScriptError(description: "got string \(text)") }
        case .scalar(_, let number):
            guard let expected = expectation.scalar, nearlyEqual(expected, number) else {
                throw ScriptError(
                    description: "got scalar \(number), expected \(String(describing: expectation.scalar))")
            }
        case .vector(let samples): try vector(samples, expectation)
        case .matrix(let series):
            let window = expectation.rangeVector ?? (0, 0, 1)
            try range(value, expectation, from: window.from, through: window.through, step: window.step)
            if expectation.rangeVector == nil, !series.isEmpty {
                throw ScriptError(description: "unexpected range vector \(series)")
            }
        }
    }

    private static func vector(_ samples: [VectorSample], _ expectation: Script.Expectation) throws {
        if expectation.scalar != nil || expectation.string != nil {
            throw ScriptError(description: "got vector \(samples)")
        }
        var rest: [Labels: Int] = [:]
        for (place, line) in expectation.series.enumerated() { rest[line.labels] = place }
        for (place, sample) in samples.enumerated() {
            guard let expected = rest.removeValue(forKey: sample.labels) else {
                throw ScriptError(description: "unexpected \(sample.labels) \(sample.value)")
            }
            if expectation.isOrdered, expected != place {
                throw ScriptError(description: "\(sample.labels) is at place \(place), expected \(expected)")
            }
            let line = expectation.series[expected]
            guard let value = line.values.first ?? nil, nearlyEqual(value, sample.value, sample.histogram) else {
                throw ScriptError(
                    description: "\(sample.labels) is \(sample.histogram?.notation ?? "\(sample.value)"), "
                        + "expected \(line.values.compactMap { $0?.description })")
            }
        }
        if !rest.isEmpty {
            throw ScriptError(description: "missing \(rest.keys.map(\.description).sorted().joined(separator: ", "))")
        }
    }

    static func range(
        _ value: QueryValue, _ expectation: Script.Expectation, from: Int64, through: Int64, step: Int64
    ) throws {
        guard case .matrix(let series) = value else { throw ScriptError(description: "not a matrix: \(value)") }
        if zip(series, series.dropFirst()).contains(where: { $0.labels >= $1.labels }) {
            throw ScriptError(description: "series aren't sorted")
        }
        var lines: [Labels: Script.Line] = [:]
        for line in expectation.series { lines[line.labels] = line }
        for one in series {
            guard let line = lines.removeValue(forKey: one.labels) else {
                throw ScriptError(description: "unexpected \(one.labels) \(one.values)")
            }
            var expected: [(Int64, Script.Sample)] = []
            for (place, value) in line.values.enumerated() {
                if let value { expected.append((from + Int64(place) * step, value)) }
            }
            let isEqual =
                expected.count == one.count
                && expected.indices.allSatisfy { place in
                    expected[place].0 == one.timestamps[place]
                        && nearlyEqual(expected[place].1, one.values[place], one.histogram(at: place))
                }
            if !isEqual {
                let got = one.timestamps.indices.map { place in
                    "\(one.histogram(at: place)?.notation ?? "\(one.values[place])")@\(one.timestamps[place])"
                }
                throw ScriptError(
                    description: "\(one.labels) is \(got), expected \(line.values.map { $0.map { "\($0)" } ?? "_" })")
            }
        }
        let missing = lines.values.filter { line in line.values.contains { $0 != nil } }
        if !missing.isEmpty {
            throw ScriptError(description: "missing \(missing.map(\.labels.description).sorted())")
        }
    }

    static func nearlyEqual(_ expected: Script.Sample, _ number: Double, _ histogram: FloatHistogram?) -> Bool {
        switch (expected, histogram) {
        case (.number(let wanted), nil): return nearlyEqual(wanted, number)
        case (.histogram(let wanted, let hasHint), let histogram?):
            return nearlyEqual(wanted.compacted, histogram.compacted)
                && (!hasHint || wanted.hint == histogram.hint)
        default: return false
        }
    }

    private static func nearlyEqual(_ left: FloatHistogram, _ right: FloatHistogram) -> Bool {
        func same(_ one: [FloatHistogram.IndexedCount], _ other: [FloatHistogram.IndexedCount]) -> Bool {
            one.elementsEqual(other) { $0.index == $1.index && nearlyEqual($0.count, $1.count) }
        }
        return left.schema == right.schema && left.zeroThreshold == right.zeroThreshold
            && nearlyEqual(left.count, right.count) && nearlyEqual(left.sum, right.sum)
            && nearlyEqual(left.zeroCount, right.zeroCount) && left.customBounds == right.customBounds
            && same(left.positive, right.positive) && same(left.negative, right.negative)
    }

    /// Relative difference below 1e-6, with the rules of Prometheus's almost.Equal.
    static func nearlyEqual(_ left: Double, _ right: Double) -> Bool {
        let epsilon = 1e-6
        if left.isStaleMarker || right.isStaleMarker { return left.isStaleMarker && right.isStaleMarker }
        if left.isNaN && right.isNaN || left == right { return true }
        let sum = abs(left) + abs(right)
        let difference = abs(left - right)
        if left == 0 || right == 0 || sum < .leastNormalMagnitude {
            return difference < epsilon * .leastNormalMagnitude
        }
        return difference / min(sum, .greatestFiniteMagnitude) < epsilon
    }
}
