import PromQL
import StrictYAML
import TimeSeries

/// Reads the input series of a test into a store, as far as an evaluation can see them.
///
/// Of two series with the same labels the later one counts, as in promtool. Samples after the last evaluation are
/// checked and left out, so memory follows what the test can use and not what its file multiplies to.
struct TestInputs {
    let test: UnitTest
    /// Samples that the series may have together.
    let maxSamples: Int

    private var series: [Labels: Int] = [:]
    private var read: [(labels: Labels, runs: [SeriesNotation.Run])] = []
    private var heldUnits = 0
    private(set) var failures: [UnitTestFailure] = []

    /// Reads and checks all series.
    init(_ test: UnitTest, maxSamples: Int) {
        self.test = test
        self.maxSamples = maxSamples
        for input in test.inputs {
            read(input)
            // A mistake in a generator repeats itself; one file's worth of messages is enough.
            if failures.count >= 100 { return }
        }
    }

    /// From the start to the last sample of the longest series, gaps included; milliseconds. Nil without samples.
    var spanMillis: Int64? {
        let longest = read.map { item in item.runs.reduce(0) { $0 + $1.count } }.max() ?? 0
        if longest == 0 { return nil }
        let (span, overflow) = test.intervalMillis.multipliedReportingOverflow(by: Int64(longest - 1))
        return overflow ? Int64.max : span
    }

    /// The metric names.
    var names: Set<String> { Set(read.map(\.labels.metricName)) }

    // MARK: Reading

    private mutating func read(_ input: UnitTest.Input) {
        do {
            guard let repetitions = input.repetitions else {
                try add(input.series, try runs(input.values, of: input), input)
                return
            }
            if repetitions > 1, !isTemplate(input.series) {
                throw RuleFileError(
                    at: input.seriesNode,
                    "series \(GoQuote.quoted(input.series)): repeat: \(repetitions) would make the same series each time: "
                        + "put {{i}} into a label, which is then 0, 1, …")
            }
            let shared = isTemplate(input.values) ? nil : try runs(input.values, of: input)
            for index in 0..<repetitions {
                let values = try shared ?? runs(TestInputs.filled(input.values, index), of: input)
                try add(TestInputs.filled(input.series, index), values, input)
            }
        } catch {
            failures.append(UnitTestFailure("    \(error)"))
        }
    }

    private func isTemplate(_ text: String) -> Bool { TestInputs.filled(text, 0) != text }

    /// The text with `{{i}}`, also `{{ i }}`, replaced by a number.
    private static func filled(_ text: String, _ index: Int) -> String {
        var out = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            out += rest[..<open]
            rest = rest[open...]
            if let after = afterIndex(rest) {
                out += String(index)
                rest = after
            } else {
                out.append(rest.removeFirst())
            }
        }
        return out + rest
    }

    /// What follows `{{i}}` at the start of a text; nil where that isn't there.
    private static func afterIndex(_ text: Substring) -> Substring? {
        guard text.hasPrefix("{{") else { return nil }
        let inner = text.dropFirst(2).drop { $0 == " " }
        guard inner.first == "i" else { return nil }
        let end = inner.dropFirst().drop { $0 == " " }
        return end.hasPrefix("}}") ? end.dropFirst(2) : nil
    }

    private func runs(
        _ values: String, of input: UnitTest.Input
    ) throws(RuleFileError) -> (runs: [SeriesNotation.Run], units: Int) {
        do {
            return try SeriesNotation.runs(values, maxValues: maxSamples)
        } catch {
            if error.isLimit { throw tooMany(input) }
            let shown = values == input.values ? "" : " (in \(GoQuote.quoted(String(values.prefix(200)))))"
            let offset = values == input.values ? error.offset : 0
            throw RuleFileError(
                in: input.valuesNode, line: 1, byteColumn: offset,
                "values of \(input.series): \(error.message)\(shown)")
        }
    }

    private mutating func add(
        _ text: String, _ values: (runs: [SeriesNotation.Run], units: Int), _ input: UnitTest.Input
    ) throws(RuleFileError) {
        // A label set weighs as much as some samples do, and a long one as much as many: its text is held here and in
        // the store.
        let (units, overflow) = heldUnits.addingReportingOverflow(values.units + 16 + text.utf8.count / 4)
        guard !overflow, units <= maxSamples else { throw tooMany(input) }
        heldUnits = units
        let labels: Labels
        do {
            labels = try Parser.parseLabels(text)
        } catch {
            throw RuleFileError(
                in: input.seriesNode, line: error.line, byteColumn: text == input.series ? error.column - 1 : 0,
                "series \(GoQuote.quoted(text)): \(error)")
        }
        guard !labels.isEmpty else {
            throw RuleFileError(
                at: input.seriesNode, "series \(GoQuote.quoted(text)): a series needs a name or a label with a value")
        }
        if let place = series[labels] {
            read[place].runs = values.runs
        } else {
            series[labels] = read.count
            read.append((labels, values.runs))
        }
    }

    private func tooMany(_ input: UnitTest.Input) -> RuleFileError {
        RuleFileError(
            at: input.valuesNode,
            "series \(GoQuote.quoted(input.series)): the input series have more than \(maxSamples) samples together: "
                + "lower the number after 'x' or 'repeat', or raise --max-samples")
    }

    // MARK: Storing

    /// All samples through a time, milliseconds since the epoch.
    func store(through end: Int64) throws -> SeriesStore {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSeries: read.count, maxSamples: maxSamples))
        for (labels, runs) in read { try append(runs, of: labels, to: store, through: end) }
        return store
    }

    private func append(
        _ runs: [SeriesNotation.Run], of labels: Labels, to store: SeriesStore, through end: Int64
    ) throws {
        var column = Series(labels: labels)
        var time = test.startMillis
        for run in runs {
            guard time <= end else { break }
            let visible = min(Int64(run.count), end.subtractingClamped(time) / test.intervalMillis + 1)
            switch run {
            case .gap: break
            case .histogram(let histogram, _):
                let shared = SharedHistogram(histogram)
                for index in 0..<visible { column.append(shared, at: time + index * test.intervalMillis) }
            case .numbers(var value, let step, _):
                column.timestamps.reserveCapacity(column.count + Int(visible))
                column.values.reserveCapacity(column.count + Int(visible))
                for index in 0..<visible {
                    column.append(value, at: time + index * test.intervalMillis)
                    if let step { value += step }
                }
            }
            let (span, overflow) = test.intervalMillis.multipliedReportingOverflow(by: Int64(run.count))
            time = overflow ? Int64.max : time.addingClamped(span)
        }
        try store.append(column)
    }
}
