import TestSupport
import TimeSeries

/// Series like those of PromLabs' demo services, which the compliance queries ask for, and some with odd values: made
/// from a seed, scraped every 5 s from three instances.
struct DemoData {
    static let scrapeMillis: Int64 = 5_000
    /// First scrape; a whole minute.
    static let start: Int64 = 1_700_000_040_000
    static let minutes: Int64 = 100
    static var end: Int64 { start + minutes * 60_000 }

    private(set) var series: [Series] = []
    private var random: SeededGenerator

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        for instance in 0..<3 {
            let target = ["instance": "demo.promlabs.com:1000\(instance)", "job": "demo"]
            // Scrapes of a target keep their place within the interval; a few fail.
            let offset = [0, 1_234, 3_007][instance] as Int64
            let times = stride(from: Self.start + offset, to: Self.end, by: Int(Self.scrapeMillis)).map { Int64($0) }
                .filter { _ in !random.oneIn(200) }
            gauges(target, times)
            counters(target, times, instance)
            histograms(target, times)
            odd(target, times, instance)
        }
    }

    /// The same series in a store.
    func store() throws -> SeriesStore {
        let store = SeriesStore()
        for one in series {
            for (place, time) in one.timestamps.enumerated() {
                if let histogram = one.histogram(at: place) {
                    try store.append(one.labels, at: time, histogram)
                } else {
                    try store.append(one.labels, at: time, one.values[place])
                }
            }
        }
        return store
    }

    private mutating func add(
        _ name: String, _ labels: [String: String], _ times: [Int64], _ value: (Int64, inout SeededGenerator) -> Double?
    ) {
        var fresh = Series(labels: Labels(labels.merging(["__name__": name]) { $1 }.map { ($0.key, $0.value) }))
        for time in times {
            if let value = value(time, &random) { fresh.append(value, at: time) }
        }
        series.append(fresh)
    }

    private mutating func gauges(_ target: [String: String], _ times: [Int64]) {
        for (kind, size) in [("used", 4e9), ("cached", 2e9), ("buffers", 5e8), ("free", 1e9)] {
            add("demo_memory_usage_bytes", target.merging(["type": kind]) { $1 }, times) { _, random in
                (size * Double.random(in: 0.8...1.2, using: &random)).rounded()
            }
        }
        add("demo_num_cpus", target, times) { _, _ in 4 }
        var used = 1e9
        add("demo_disk_usage_bytes", target, times) { _, random in
            used += Double(random.int(-100...1_000)) * 1_024
            return used
        }
        add("demo_disk_total_bytes", target, times) { _, _ in 256e9 }
        var last = Double(Self.start / 1_000 - 100)
        add("demo_batch_last_success_timestamp_seconds", target, times) { time, random in
            if random.oneIn(12) { last = Double(time) / 1_000 }
            return last
        }
    }

    private mutating func counters(_ target: [String: String], _ times: [Int64], _ instance: Int) {
        for (place, mode) in ["idle", "system", "user"].enumerated() {
            var total = Double(place) * 10
            add("demo_cpu_usage_seconds_total", target.merging(["mode": mode]) { $1 }, times) { time, random in
                // One instance restarts every 17 minutes.
                let restarts = instance == 1 && (time - Self.start) % 1_020_000 < Self.scrapeMillis
                total = restarts ? 0 : total + Double.random(in: 0...4, using: &random)
                return total
            }
        }
        var items = 0.0
        add("demo_items_shipped_total", target, times.filter { $0 % 60_000 < Self.scrapeMillis }) { _, random in
            items += Double(random.int(0...3))
            return items
        }
    }

    private mutating func histograms(_ target: [String: String], _ times: [Int64]) {
        let bounds = ["0.005", "0.05", "0.1", "0.5", "1", "+Inf"]
        for (path, status) in [("/api/foo", "200"), ("/api/foo", "500"), ("/api/bar", "200")] {
            let labels = target.merging(["path": path, "method": "GET", "status": status]) { $1 }
            var counts = [Double](repeating: 0, count: bounds.count)
            var rows: [[Double]] = []
            for _ in times {
                for place in bounds.indices { counts[place] += Double(random.int(0...(6 - place))) }
                rows.append(counts.indices.map { counts[...$0].reduce(0, +) })
            }
            let places = Dictionary(uniqueKeysWithValues: zip(times, rows))
            let name = "demo_api_request_duration_seconds"
            for (place, bound) in bounds.enumerated() {
                add("\(name)_bucket", labels.merging(["le": bound]) { $1 }, times) { time, _ in places[time]?[place] }
            }
            add("\(name)_count", labels, times) { time, _ in places[time]?.last }
            add("\(name)_sum", labels, times) { time, _ in places[time].map { $0.reduce(0, +) * 0.1 } }
        }
    }

    private mutating func odd(_ target: [String: String], _ times: [Int64], _ instance: Int) {
        // A series that comes and goes, as Prometheus records it: with a marker where it ends.
        var isPresent = false
        add("demo_intermittent_metric", target, times) { time, random in
            let wasPresent = isPresent
            if random.oneIn(20) { isPresent.toggle() }
            return isPresent ? Double(time % 1_000_000) : wasPresent ? staleMarker : nil
        }
        let values = [Double.nan, .infinity, -.infinity, 0, -0.0, 1e-300, -2.5, 3, 0.5, -1e10]
        add("odd_gauge", target.merging(["kind": "special"]) { $1 }, times) { time, _ in
            values[Int(time / 40_000) % values.count]
        }
        add("odd_gauge", target.merging(["kind": "small"]) { $1 }, times) { _, random in Double(random.int(-3...3)) }
        add("odd_gauge", target.merging(["kind": "sparse"]) { $1 }, times) { _, random in
            random.oneIn(40) ? Double.random(in: -1...1, using: &random) : nil
        }
        if instance == 0 { add("odd_alone", [:], times) { time, _ in Double(time / 300_000 % 7) } }
    }
}
