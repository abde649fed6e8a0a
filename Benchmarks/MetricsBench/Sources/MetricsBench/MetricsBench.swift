import Exposition
import GatewayMetrics
import Glibc

/// Prints one line a measurement, `name TAB value`; Benchmarks/metrics.sh makes the table of them.
///
/// `MetricsBench parse FILE` and `MetricsBench create COUNT` are processes of their own, as a fresh heap and resident
/// memory want it.
@main
struct MetricsBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count > 2, arguments[1] == "parse" {
            try parse(file: arguments[2])
            return
        }
        if arguments.count > 2, arguments[1] == "create", let count = Int(arguments[2]) {
            try creation(count)
            return
        }
        try instruments()
        try lookups()
        try scrapes()
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
            perCallInThreads(2, steps) { index in
                let shard = Shard(owned: index + 1)
                for _ in 0..<steps { counter.increment(on: shard) }
            })
        report("inc_shared_2_threads", perCallInThreads(2, steps) { _ in for _ in 0..<steps { counter.increment() } })
        let threads = try MetricsRegistry(prefix: "bench", shards: 0, threadShards: 2)
            .counter("bench_total", help: "Things.", labels: ["kind"]).bind(["a"])
        report("inc_current", perCall(steps) { for _ in 0..<steps { threads.increment(on: .current) } })
        report("inc_allocations", allocations { for _ in 0..<1000 { counter.increment(on: own) } })
        try histograms()
    }

    static let values: [Double] = {
        var state: UInt64 = 42
        return (0..<1024).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return exp(Double(state >> 40) / Double(1 << 24) * 9 - 7)
        }
    }()

    static func histograms() throws {
        try observe("observe_classic", buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], native: nil)
        try observe("observe_native", buckets: [], native: NativeHistogramOptions())
    }

    /// On an owned shard, on the shared one, on two owned shards at once; and on two registries at once, which share
    /// nothing: what that costs beside one thread is what the machine adds, and no library can be better.
    static func observe(_ name: String, buckets: [Double], native: NativeHistogramOptions?) throws {
        let children = try (0..<2).map { _ in
            try MetricsRegistry(prefix: "bench", shards: 2)
                .histogram("bench_seconds", help: "Times.", labels: ["kind"], buckets: buckets, native: native)
                .bind(["a"])
        }
        let histogram = children[0]
        let rounds = steps / 4 / 1024
        @Sendable func run(_ histogram: Histogram, _ shard: Shard) {
            values.withUnsafeBufferPointer { values in
                for _ in 0..<rounds { for value in values { histogram.observe(value, on: shard) } }
            }
        }
        let count = rounds * 1024
        report(name + "_own", perCallInThreads(1, count) { _ in run(histogram, Shard(owned: 1)) })
        report(name + "_shared", perCallInThreads(1, count) { _ in run(histogram, .shared) })
        report(name + "_own_2_threads", perCallInThreads(2, count) { run(histogram, Shard(owned: $0 + 1)) })
        report(name + "_2_registries", perCallInThreads(2, count) { run(children[$0], Shard(owned: 1)) })
        report(name + "_shared_2_threads", perCallInThreads(2, count) { _ in run(histogram, .shared) })
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
        let cache = family.cache()
        let ids = (tenants.map(registry.intern), cells.map(registry.intern), methods.map(registry.intern))
        report(
            "bind_ids",
            perCall(count) {
                for _ in 0..<200 {
                    for tenant in ids.0 {
                        for cell in ids.1 { for method in ids.2 { cache.child([tenant, cell, method]).increment() } }
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
        scrape("scrape_counters_gzip_ms", counters, coding: "gzip")
        scrape("scrape_counters_protobuf_ms", counters, accept: protobuf)
        let histograms = MetricsRegistry(prefix: "bench", shards: 2)
        let times = try histograms.histogram(
            "bench_duration_seconds", help: "Times.", labels: ["tenant", "cell"], limit: 10_000)
        for index in 0..<6250 {
            let child = times.bind(["tenant-\(index / 10)", "cell-\(index % 10)"])
            for value in values.prefix(50) { child.observe(value, on: Shard(owned: 1)) }
        }
        scrape("scrape_histogram_lines_ms", histograms)
    }

    /// A scrape in pieces as a server sends it, its CPU time in milliseconds.
    static func scrape(_ name: String, _ registry: MetricsRegistry, accept: String? = nil, coding: String? = nil) {
        let plan = ScrapePlan(ScrapeRequest(accept: accept, acceptEncoding: coding))
        var size = 0
        func scrape() { try? registry.scrape(plan) { size += $0.count } }
        report(name, perCall(1_000_000, rounds: 21, scrape))
        size = 0
        report(name.dropLast(3) + "_allocations", allocations(scrape))
        report(name.dropLast(3) + "_mib", Double(size) / 1_048_576)
    }

    static let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

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
        let rounds = 200
        var sum = 0.0
        var samples = 0
        report(
            "parse_views_mb_per_s",
            1000
                / perCall(rounds * bytes.count) {
                    for _ in 0..<rounds {
                        var parser = ExpositionParser(mode: .prometheusText)
                        bytes.withUnsafeBytes { bytes in
                            try? parser.consume(bytes, samples: { sum += $0.value }, others: { _ in })
                        }
                        try? parser.finish { _ in }
                    }
                })
        report(
            "parse_samples_mb_per_s",
            1000
                / perCall(rounds * bytes.count) {
                    for _ in 0..<rounds {
                        var parser = ExpositionParser(mode: .prometheusText)
                        try? parser.consume(bytes) { event in if case .sample = event { samples += 1 } }
                        try? parser.finish { _ in }
                    }
                })
        report("parsed_samples", Double(samples / rounds / 5))
    }
}
