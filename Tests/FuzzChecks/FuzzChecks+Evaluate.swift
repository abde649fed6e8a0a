import PromQL
import TimeSeries

extension FuzzChecks {
    /// Two bytes choose the options, the rest is an expression: evaluation ends within its limits, and the printed
    /// expression has the same value.
    public static func evaluate(_ bytes: [UInt8]) -> String? {
        guard bytes.count > 2 else { return nil }
        let source = text(bytes.dropFirst(2))
        guard let expression = try? Parser.parse(source, options: .everything) else { return nil }
        var options = EngineOptions()
        options.maxSamples = 20_000
        options.maxSteps = 200
        if bytes[0] & 1 != 0 { options.compatibility = .prometheus2 }
        options.delayedNameRemoval = bytes[0] & 2 != 0
        let engine = Engine(source: fuzzStore, options: options)
        let value = evaluate(expression, engine, bytes)
        if let again = try? Parser.parse(expression.description, options: .everything) {
            let other = evaluate(again, engine, bytes)
            if value != other { return "\(source): \(value), printed as \(expression): \(other)" }
        }
        return nil
    }

    /// The value as text, in which a NaN's sign doesn't count.
    private static func evaluate(_ expression: Expression, _ engine: Engine, _ bytes: [UInt8]) -> String {
        value(of: expression, engine, bytes).replacing("-nan", with: "nan")
    }

    private static func value(of expression: Expression, _ engine: Engine, _ bytes: [UInt8]) -> String {
        let start = Int64(bytes[1]) * 10_000
        do {
            if bytes[0] & 4 != 0 { return "\(try engine.instant(expression, at: start).value)" }
            let step = [1, 15_000, 60_000, 3_600_000][Int(bytes[0] >> 3) % 4] as Int64
            return "\(try engine.range(expression, from: start, through: start + 10 * step, step: step).value)"
        } catch {
            return "\(error)"
        }
    }

    /// Counters with a reset, gauges with a gap, a special value and an end, classic and native histograms.
    private static let fuzzStore: SeriesStore = {
        let store = SeriesStore()
        for step in Int64(0)..<60 {
            let time = step * 15_000
            for instance in 0..<3 {
                let labels = ["instance": "\(instance)", "job": instance == 0 ? "x" : "y"]
                let count = Double((step + Int64(instance) * 20) % 50) * 1.5
                add(store, "c_total", labels, time, count)
                if step % 7 != 0 { add(store, "g", labels, time, step == 11 ? .nan : Double(step % 5) - 2) }
                for (place, bound) in ["0.1", "1", "+Inf"].enumerated() {
                    add(store, "h_bucket", labels.merging(["le": bound]) { $1 }, time, count * Double(place + 1))
                }
                let histogram = FloatHistogram(
                    schema: Int32(instance - 1), zeroThreshold: 0.001, zeroCount: count, count: count * 3,
                    sum: count * 2, positive: [.init(index: 1, count: count), .init(index: 3, count: count)])
                try? store.append(named("n", labels), at: time, histogram)
            }
        }
        return store
    }()

    private static func named(_ name: String, _ labels: [String: String]) -> Labels {
        Labels(labels.merging(["__name__": name]) { $1 }.map { Label(name: $0.key, value: $0.value) })
    }

    private static func add(
        _ store: SeriesStore, _ name: String, _ labels: [String: String], _ time: Int64, _ value: Double
    ) {
        try? store.append(named(name, labels), at: time, value)
    }
}
