import TimeSeries

/// One metric: its type, its label sets, and a series' values, the same in every run.
struct Metric {
    let name: String
    let type: String
    let labels: [[(String, String)]]
    /// The values of the series with this index.
    let values: (_ series: Int) -> [Double]
}

/// What a benchmark loads, into our store or, as text, into its peers.
struct DataSet {
    let metrics: [Metric]
    let stepMillis: Int64
    let count: Int

    /// A whole number of two-hour blocks since the epoch.
    static let startMillis: Int64 = 1_700_006_400_000

    func time(_ index: Int) -> Int64 { DataSet.startMillis + Int64(index) * stepMillis }

    init?(named name: String) {
        switch name {
        case "day": self = .day
        case "prometheus": self = .prometheus
        default: return nil
        }
    }

    private init(metrics: [Metric], stepMillis: Int64, count: Int) {
        self.metrics = metrics
        self.stepMillis = stepMillis
        self.count = count
    }

    func store() throws -> SeriesStore {
        let store = SeriesStore()
        for metric in metrics {
            for (index, pairs) in metric.labels.enumerated() {
                let labels = Labels([("__name__", metric.name)] + pairs)
                for (place, value) in metric.values(index).enumerated() where !value.isNaN {
                    try store.append(labels, at: time(place), value)
                }
            }
        }
        return store
    }

    /// OpenMetrics with times in seconds, or the older text with times in milliseconds.
    func write(openMetrics: Bool, _ emit: (String) -> Void) {
        for metric in metrics {
            emit(
                "# TYPE \(metric.name.hasSuffix("_total") && openMetrics ? metric.name.dropLast(6) : metric.name[...])")
            emit(" \(metric.type)\n")
            for (index, pairs) in metric.labels.enumerated() {
                let labels = pairs.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
                let head = metric.name + (labels.isEmpty ? " " : "{\(labels)} ")
                var lines = ""
                for (place, value) in metric.values(index).enumerated() where !value.isNaN {
                    let time = time(place)
                    lines += "\(head)\(text(value)) \(openMetrics ? time / 1000 : time)\n"
                }
                emit(lines)
            }
        }
        if openMetrics { emit("# EOF\n") }
    }

    private func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }
}

/// A small generator of numbers, seeded by what they are for.
private struct Random {
    var state: UInt64

    init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed &* 7_919 &+ 17) }

    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}

extension DataSet {
    /// 25 hours at 15 s: 1,000 counters, 100 histograms of ten buckets, 1,000 gauges.
    static var day: DataSet {
        let count = 6000
        let counters = Metric(
            name: "requests_total", type: "counter",
            labels: (0..<1000).map { index in
                [
                    ("job", "job-\(index / 100)"), ("instance", "host-\(index / 5 % 20)"),
                    ("code", ["200", "201", "404", "500", "503"][index % 5]),
                ]
            },
            values: { counter(seed: $0, count: count) { $0.next(below: 20) } })
        let bounds = ["0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "10.0", "+Inf"]
        let buckets = Metric(
            name: "latency_seconds_bucket", type: "unknown",
            labels: (0..<1000).map { [("instance", "host-\($0 / 10)"), ("le", bounds[$0 % 10])] },
            values: { index in
                counter(seed: 5000 + index / 10, count: count) { $0.next(below: 40) * (index % 10 + 1) / 10 }
            })
        let gauges = Metric(
            name: "load", type: "gauge",
            labels: (0..<1000).map { [("job", "job-\($0 / 100)"), ("instance", "host-\($0 % 100)")] },
            values: { index in
                var random = Random(9000 + index)
                var level = 50_000
                return (0..<count).map { _ in
                    level = max(0, min(100_000, level + random.next(below: 2001) - 1000))
                    return Double(level) / 1000
                }
            })
        return DataSet(metrics: [counters, buckets, gauges], stepMillis: 15_000, count: count)
    }

    /// Ascending, with a reset to zero now and then.
    private static func counter(seed: Int, count: Int, _ next: (inout Random) -> Int) -> [Double] {
        var random = Random(seed)
        var total = 0
        return (0..<count).map { _ in
            total = random.next(below: 2000) == 0 ? 0 : total + next(&random)
            return Double(total)
        }
    }

    /// The data of Prometheus's own benchmark of range queries, a tenth of its points: 1,443 series and a sparse one,
    /// 1,864 points at 10 s.
    static var prometheus: DataSet {
        let count = 1864
        let bounds = (0..<10).map(String.init) + ["+Inf"]
        var metrics: [Metric] = []
        var total = 0
        let all = 13 * 111
        func add(_ name: String, _ labels: [[(String, String)]]) {
            let first = total
            total += labels.count
            metrics.append(
                Metric(name: name, type: "gauge", labels: labels) { index in
                    (0..<count).map { Double($0) + Double(first + index) / Double(all) }
                })
        }
        for (suffix, size) in [("one", 1), ("ten", 10), ("hundred", 100)] {
            let own = (0..<size).map { size == 1 ? [] : [("l", String($0))] }
            add("a_" + suffix, own)
            add("b_" + suffix, own)
            add("h_" + suffix, own.flatMap { pairs in bounds.map { pairs + [("le", $0)] } })
        }
        let each = count / 50
        metrics.append(
            Metric(name: "sparse", type: "gauge", labels: (0...(count - 1) / each).map { [("l", String($0))] }) {
                index in
                (0..<count).map { $0 / each == index ? Double($0) / Double(all) : .nan }
            })
        return DataSet(metrics: metrics, stepMillis: 10_000, count: count)
    }
}
