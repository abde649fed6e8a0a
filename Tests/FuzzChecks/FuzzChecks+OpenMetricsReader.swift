import Exposition
import TimeSeries

extension FuzzChecks {
    /// Text with times into a store: the first byte says how it is cut. The pieces make no difference, and where the
    /// format is given, the store holds what the parser reads.
    public static func openMetricsReader(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let body = Array(bytes.dropFirst())
        for format in [DataFormat.auto, .openmetrics, .prometheus] {
            var options = ReaderOptions()
            options.format = format
            for usesMetadata in [false, true] {
                options.readsStartTimestamps = usesMetadata
                options.addsTypeAndUnitLabels = usesMetadata
                let whole = read(body, pieceBytes: body.count, options)
                let cut = read(body, pieceBytes: Int(first) % 32 + 1, options)
                if whole != cut { return "\(format): \(whole) is not \(cut)" }
                if !usesMetadata, format != .auto, let problem = compare(whole, body, format) { return problem }
            }
        }
        return nil
    }

    /// What the parser finds otherwise.
    private static func compare(_ outcome: Outcome, _ body: [UInt8], _ format: DataFormat) -> String? {
        guard case .samples(let series, _) = outcome, !body.contains(13), !body.starts(with: [0xef, 0xbb, 0xbf]),
            !body.starts(with: [0x1f, 0x8b])
        else { return nil }
        // The whole lines of a text that is cut.
        let lines = Array(body.prefix(upTo: (body.lastIndex(of: 10) ?? -1) + 1))
        var events = try? ExpositionParser.parse(
            format == .openmetrics ? body : lines, mode: format == .openmetrics ? .openMetricsSyntax : .prometheusText)
        if events == nil, format == .openmetrics {
            events = try? ExpositionParser.parse(lines + Array("# EOF".utf8), mode: .openMetricsSyntax)
        }
        guard let events else { return "\(format): the parser reads nothing" }
        var expected: [Labels: [Int64: UInt64]] = [:]
        for case .sample(let one) in events {
            let labels = Labels(one.labels.map { ($0.name, $0.value) } + [(Label.metricName, one.name)])
            expected[labels, default: [:]][one.timestampMillis ?? 7] = one.value.isNaN ? 1 : one.value.bitPattern
        }
        return series == expected ? nil : "\(format): \(series) is not \(expected)"
    }

    /// Where a warning points, and which comes first, may depend on how much was looked at together.
    private enum Outcome: Equatable {
        case samples([Labels: [Int64: UInt64]], isWarned: Bool)
        case error(String)
    }

    private static func read(_ bytes: [UInt8], pieceBytes: Int, _ options: ReaderOptions) -> Outcome {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSeries: 10_000, maxSamples: 100_000))
        var warnings: [String] = []
        do {
            try OpenMetricsReader.load(
                bytes: bytes, pieceBytes: pieceBytes, into: store, defaultMillis: 7, options: options
            ) { warnings.append($0) }
        } catch {
            return .error("\(error)")
        }
        var found: [Labels: [Int64: UInt64]] = [:]
        for series in store.select([], from: .min, through: .max) {
            for (time, value) in zip(series.timestamps, series.values) {
                found[series.labels, default: [:]][time] = value.isNaN ? 1 : value.bitPattern
            }
        }
        return store.brokenInvariants.isEmpty
            ? .samples(found, isWarned: !warnings.isEmpty) : .error("\(store.brokenInvariants)")
    }
}
