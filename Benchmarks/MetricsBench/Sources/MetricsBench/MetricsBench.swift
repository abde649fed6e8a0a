import Exposition
import GatewayMetrics
import Glibc

/// Prints one line a measurement, `name TAB value`; Benchmarks/metrics.sh makes the table of them.
@main
struct MetricsBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count > 2, arguments[1] == "parse" {
            try parse(file: arguments[2])
            return
        }
        try instruments()
        try lookups()
        try scrapes()
        for count in [10_000, 100_000, 1_000_000] { try creation(count) }
    }

    static let steps = 20_000_000

    static func instruments() throws {
        let registry = MetricsRegistry(prefix: "bench", shards: 2)
        let counter = try registry.counter("bench_total", help: "Things.", labels: ["kind"]).bind(["a"])
        let own = Shard(owned: 1)
        report("inc_own", perCall(steps) { for _ in 0..<steps { counter.increment(on: own) } })
        report("inc_shared", perCall(steps) { for _ in 0..<steps { counter.increment() } })
        report(
            "inc_own_2_threads",
            perCallInTwoThreads(steps) { index in
                let shard = Shard(owned: index + 1)
                for _ in 0..<steps { counter.increment(on: shard) }
            })
        report("inc_shared_2_threads", perCallInTwoThreads(steps) { _ in for _ in 0..<steps { counter.increment() } })
        report("inc_allocations", allocations { for _ in 0..<1000 { counter.increment(on: own) } })
        try classic(registry)
    }

    static let values: [Double] = {
        var state: UInt64 = 42
        return (0..<1024).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return exp(Double(state >> 40) / Double(1 << 24) * 9 - 7)
        }
    }()

    static func classic(_ registry: MetricsRegistry) throws {
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        let histogram = try registry.histogram(
            "bench_seconds", help: "Times.", labels: ["kind"], buckets: bounds
        ).bind(["a"])
        observe("observe_classic", histogram)
    }

    /// On an owned shard, on the shared one, and on two owned shards at once.
    static func observe(_ name: String, _ histogram: Histogram) {
        let rounds = steps / 4 / 1024
        @Sendable func run(_ shard: Shard) {
            values.withUnsafeBufferPointer { values in
                for _ in 0..<rounds { for value in values { histogram.observe(value, on: shard) } }
            }
        }
        report(name + "_own", perCall(rounds * 1024) { run(Shard(owned: 1)) })
        report(name + "_shared", perCall(rounds * 1024) { run(.shared) })
        report(name + "_own_2_threads", perCallInTwoThreads(rounds * 1024) { run(Shard(owned: $0 + 1)) })
        report(name + "_shared_2_threads", perCallInTwoThreads(rounds * 1024) { _ in run(.shared) })
        report(name + "_allocations", allocations { for value in values { histogram.observe(value) } })
    }

    static func lookups() throws {
        let registry = MetricsRegistry(prefix: "bench", shards: 1)
        let family = try registry.counter(
            "bench_requests_total", help: "Requests.", labels: ["tenant", "cell", "method"])
        let tenants = (0..<64).map { "tenant-\(1000 + $0)" }
        let cells = ["erp", "crm", "billing", "search"]
        let methods = ["GET", "POST"]
        for tenant in tenants {
            for cell in cells { for method in methods { _ = family.bind([tenant, cell, method]) } }
        }
        let count = 200 * tenants.count * cells.count * methods.count
        report(
            "bind_strings",
            perCall(count) {
                for _ in 0..<200 {
                    for tenant in tenants {
                        for cell in cells { for method in methods { family.bind([tenant, cell, method]).increment() } }
                    }
                }
            })
    }

    /// 100,000 lines each: counters, and histograms of 16 lines.
    static func scrapes() throws {
        let counters = MetricsRegistry(prefix: "bench", shards: 2)
        let family = try counters.counter(
            "bench_requests_total", help: "Requests.", labels: ["tenant", "cell", "code"], limit: 200_000)
        for index in 0..<100_000 {
            family.bind(["tenant-\(index / 100)", "cell-\(index % 20)", "\(200 + index / 20 % 5)"])
                .increment(by: UInt64(index * 37), on: Shard(owned: 1))
        }
        scrape("scrape_counters_ms", counters)
        let histograms = MetricsRegistry(prefix: "bench", shards: 2)
        let times = try histograms.histogram(
            "bench_duration_seconds", help: "Times.", labels: ["tenant", "cell"], limit: 10_000)
        for index in 0..<6250 {
            let child = times.bind(["tenant-\(index / 10)", "cell-\(index % 10)"])
            for value in values.prefix(50) { child.observe(value, on: Shard(owned: 1)) }
        }
        scrape("scrape_histogram_lines_ms", histograms)
    }

    static func scrape(_ name: String, _ registry: MetricsRegistry) {
        var size = 0
        report(name, perCall(1_000_000, rounds: 21) { size = registry.render(.prometheusText004).count })
        report(name + "_mib", Double(size) / 1_048_576)
    }

    static func creation(_ count: Int) throws {
        let registry = MetricsRegistry(prefix: "bench", shards: 2)
        let family = try registry.counter(
            "bench_requests_total", help: "Requests.", labels: ["tenant", "cell", "code"], limit: count + 1)
        let tenants = (0..<count / 100).map { "tenant-\($0)" }
        let cells = (0..<20).map { "cell-\($0)" }
        let codes = (0..<5).map { "\(200 + $0)" }
        let before = residentBytes()
        let start = threadCPUNanos()
        for tenant in tenants { for cell in cells { for code in codes { _ = family.bind([tenant, cell, code]) } } }
        report("create_\(count)", Double(threadCPUNanos() - start) / Double(count))
        report("bytes_per_series_\(count)", (residentBytes() - before) / Double(count))
    }

    static func parse(file: String) throws {
        guard let handle = fopen(file, "r") else { exit(2) }
        var bytes = [UInt8](repeating: 0, count: 1 << 24)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, handle))
        fclose(handle)
        var samples = 0
        let rounds = 200
        let nanos = perCall(rounds * bytes.count) {
            for _ in 0..<rounds {
                var parser = ExpositionParser(mode: .prometheusText)
                try? parser.consume(bytes) { event in if case .sample = event { samples += 1 } }
                try? parser.finish { _ in }
            }
        }
        report("parse_classic_mb_per_s", 1000 / nanos)
        report("parse_samples", Double(samples / rounds / 5))
    }
}
