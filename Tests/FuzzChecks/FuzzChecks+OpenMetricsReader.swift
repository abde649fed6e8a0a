import Exposition
import TimeSeries

extension FuzzChecks {
    /// Text with times into a store: the first byte says how it is cut. The pieces make no difference, and where it is
    /// text, the store holds what the parser reads.
    public static func openMetricsReader(_ bytes: [UInt8]) -> String? {
        guard let first = bytes.first else { return nil }
        let body = Array(bytes.dropFirst())
        let whole = read(body, pieceBytes: body.count)
        let cut = read(body, pieceBytes: Int(first) % 32 + 1)
        if whole != cut { return "\(whole) is not \(cut)" }
        let format = ExpositionFile.format(beginning: Array(body.prefix(128)), ending: Array(body.suffix(64)))
        guard case .samples(let series) = whole, format != .protobufDelimited, !body.starts(with: [0x1f, 0x8b]) else {
            return nil
        }
        let mode: ExpositionParser.Mode = format == .openMetrics100 ? .openMetricsSyntax : .prometheusText
        guard let events = try? ExpositionParser.parse(body, mode: mode) else { return "the parser reads nothing" }
        var expected: [Labels: [Int64: UInt64]] = [:]
        for case .sample(let one) in events {
            let labels = Labels(one.labels.map { ($0.name, $0.value) } + [(Label.metricName, one.name)])
            expected[labels, default: [:]][one.timestampMillis ?? 7] = one.value.isNaN ? 1 : one.value.bitPattern
        }
        return series == expected ? nil : "\(series) is not \(expected)"
    }

    private enum Outcome: Equatable {
        case samples([Labels: [Int64: UInt64]])
        case error(String)
    }

    private static func read(_ bytes: [UInt8], pieceBytes: Int) -> Outcome {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSeries: 10_000, maxSamples: 100_000))
        do {
            try OpenMetricsReader.load(bytes: bytes, pieceBytes: pieceBytes, into: store, defaultMillis: 7)
        } catch {
            return .error("\(error)")
        }
        var found: [Labels: [Int64: UInt64]] = [:]
        for series in store.select([], from: .min, through: .max) {
            for (time, value) in zip(series.timestamps, series.values) {
                found[series.labels, default: [:]][time] = value.isNaN ? 1 : value.bitPattern
            }
        }
        return store.brokenInvariants.isEmpty ? .samples(found) : .error("\(store.brokenInvariants)")
    }
}
