import Exposition
import GatewayMetrics
import TestSupport
import Testing

@Suite("Scrapes")
struct ScrapeTests {
    /// Families of all kinds, larger than a piece.
    private func registry(children: Int) throws -> MetricsRegistry {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let counters = try registry.counter("a_total", help: "A.", labels: ["l"])
        let histograms = try registry.histogram("b_seconds", help: "B.", unit: "seconds", labels: ["l"])
        let gauges = try registry.gauge("c", help: "C.", labels: ["l"])
        for number in 0..<children {
            let label = String(repeating: "x", count: number % 50) + "\(number)"
            counters.bind([label]).increment(by: UInt64(number))
            histograms.bind([label]).observe(Double(number))
            gauges.bind([label]).set(Double(number) / 7)
        }
        return registry
    }

    private let accepts = [
        "text/plain", "text/plain;version=1.0.0", "application/openmetrics-text",
        "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ]

    @Test("pieces are at most 64 KiB, and joined they are the page in every format")
    func pieces() throws {
        let registry = try registry(children: 2000)
        for accept in accepts {
            let plan = ScrapePlan(
                ScrapeRequest(accept: accept), options: ScrapeOptions(offersOpenMetrics2: true))
            #expect(plan.contentType.hasPrefix(accept.prefix { $0 != ";" }))
            var sizes: [Int] = []
            var page: [UInt8] = []
            try registry.scrape(plan) { piece in
                sizes.append(piece.count)
                page.append(contentsOf: piece)
            }
            #expect(sizes.count > 2 && sizes.allSatisfy { (1...65536).contains($0) }, "\(accept): \(sizes)")
            #expect(page == registry.render(plan.exposition.format), "\(accept)")
        }
    }

    @Test("the first piece leaves before the last series is read")
    func streaming() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let gauges = try registry.gauge("g", help: "", labels: ["l"])
        for number in 0..<5000 { gauges.bind(["\(number)"]).set(0) }
        var page: [UInt8] = []
        try registry.scrape(ScrapePlan(ScrapeRequest())) { piece in
            // No lock is held meanwhile: the registry can be used.
            if page.isEmpty { gauges.bind(["4999"]).set(1) }
            page.append(contentsOf: piece)
        }
        #expect(String(decoding: page, as: UTF8.self).contains("g{l=\"4999\"} 1\n"))
    }

    @Test("a record that is larger than a piece goes out whole")
    func hugeRecord() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let bounds = (1...400).map { Double($0) }
        let histograms = try registry.histogram("h", help: "H.", labels: ["l"], buckets: bounds)
        let values = ["x", "y"].map { String(repeating: $0, count: 4000) }
        for value in values { histograms.bind([value]).observe(200) }
        for format in [ExpositionFormat.prometheusText004, .openMetrics100] {
            let mode: ExpositionParser.Mode = format.isOpenMetrics ? .openMetrics : .prometheusText
            let samples = try ExpositionParser.parse(registry.render(format), mode: mode).filter { event in
                guard case .sample(let sample) = event else { return false }
                return sample.name.hasPrefix("h")
            }
            #expect(samples.count == 2 * 403)
        }
    }

    @Test("gzip is the same page, compressed")
    func gzip() throws {
        let registry = try registry(children: 3000)
        for accept in accepts {
            let request = ScrapeRequest(accept: accept, acceptEncoding: "gzip")
            let plan = ScrapePlan(request, options: ScrapeOptions(offersOpenMetrics2: true, gzipLevel: 6))
            #expect(plan.contentEncoding == "gzip" && plan.vary == "Accept, Accept-Encoding")
            // Twice, with the same compressor.
            for _ in 0..<2 {
                var body: [UInt8] = []
                try registry.scrape(plan) { body.append(contentsOf: $0) }
                let unzipped = try Gunzip.decompress(body)
                #expect(unzipped == registry.render(plan.exposition.format), "\(accept)")
            }
        }
    }

    @Test("name[] selects families by their names, those of their samples, or a counter's without _total")
    func filter() throws {
        let registry = try registry(children: 1)
        func expect(_ query: String?, _ expected: Set<String>) throws {
            var page: [UInt8] = []
            try registry.scrape(ScrapeRequest(query: query)) { page.append(contentsOf: $0) }
            let families = try ExpositionParser.parse(page, mode: .prometheusText).compactMap { event in
                if case .kind(let name, _) = event { name } else { nil }
            }
            #expect(Set(families) == expected, "\(query ?? "")")
        }
        let all: Set = ["a_total", "b_seconds", "c", "t_metrics_series", "t_metrics_rejected_total"]
        try expect(nil, all)
        try expect("", all)
        try expect("x=1&y", all)
        try expect("name[]=c", ["c"])
        try expect("name%5B%5D=c&name[]=a_total", ["c", "a_total"])
        try expect("name[]=a", ["a_total"])
        try expect("name[]=b_seconds_bucket&z=c", ["b_seconds"])
        try expect("name[]=%63", ["c"])
        try expect("name[]=nothing", [])
        try expect("name[]=%zz%&name[]=+c&name[]=%", [])
        try expect("name[]=t_metrics_series", ["t_metrics_series"])
    }

    @Test("a scrape that takes longer than its timeout ends with an error")
    func timeout() throws {
        let clock = SteppingClock()
        let registry = MetricsRegistry(prefix: "t", shards: 1, clock: { clock.next(by: 100_000_000) })
        let gauges = try registry.gauge("g", help: "", labels: ["l"])
        for number in 0..<3000 { gauges.bind(["\(number)"]).set(0) }
        var request = ScrapeRequest(accept: nil, acceptEncoding: nil, query: nil, timeoutHeader: "0.5")
        #expect(throws: ScrapeError.timeout) { try registry.scrape(request) { _ in } }
        // The program's own limit counts where the scraper allows more, or says nothing that makes sense.
        for header in ["3600", "-1", "nan", "", "x"] {
            request = ScrapeRequest(accept: nil, acceptEncoding: nil, query: nil, timeoutHeader: header)
            #expect(throws: ScrapeError.timeout) {
                try registry.scrape(request, options: ScrapeOptions(timeoutSeconds: 0.5)) { _ in }
            }
            try registry.scrape(request, options: ScrapeOptions(timeoutSeconds: 1000)) { _ in }
        }
    }

    @Test("what the sink throws ends the scrape, and the next one is whole")
    func brokenSink() throws {
        struct Broken: Error {}
        let registry = try registry(children: 2000)
        for accept in accepts {
            let request = ScrapeRequest(accept: accept, acceptEncoding: "gzip")
            for good in 0..<3 {
                var pieces = 0
                let plain = ScrapeRequest(accept: accept)
                #expect(throws: Broken.self) {
                    try registry.scrape(good == 0 ? request : plain) { _ in
                        pieces += 1
                        if pieces > good { throw Broken() }
                    }
                }
            }
            var body: [UInt8] = []
            let plan = try registry.scrape(request) { body.append(contentsOf: $0) }
            let unzipped = try Gunzip.decompress(body)
            #expect(unzipped == registry.render(plan.exposition.format))
        }
    }

    @Test("families that are declared after a scrape are in the next one")
    func lateDeclaration() throws {
        let registry = try registry(children: 1)
        #expect(!String(decoding: registry.render(.openMetrics100), as: UTF8.self).contains("late"))
        try registry.gauge("late", help: "").set(1)
        #expect(String(decoding: registry.render(.openMetrics100), as: UTF8.self).contains("\nlate 1.0\n"))
    }

    @Test("a callback that gives too much is cut off")
    func floodingCallback() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        try registry.gaugeCallback("g", help: "", labels: ["l"]) { (0..<20_000).map { (["\($0)"], 1) } }
        var count = 0
        registry.forEachSample { name, _, _ in if name == "g" { count += 1 } }
        #expect(count == 10_000)
    }

    @Test("no page is larger than its stated bound, also when the values need escapes")
    func bound() throws {
        let registry = MetricsRegistry(prefix: "t", shards: 1)
        let counters = try registry.counter("a_total", help: "A.", labels: ["k", "l"], limit: 20)
        let histograms = try registry.histogram("b_seconds", help: "B.", labels: ["l"], limit: 20)
        let states = try registry.stateSet("s", help: "S.", labels: ["l"], states: ["on", "off\n"], limit: 20)
        for number in 0..<100 {
            let value = "\(number)" + String(repeating: "\"", count: 30)
            counters.bind([value, value]).increment(by: .max)
            histograms.bind([value]).observe(nanos: .max)
            states.bind([value]).set("on", true)
        }
        for format in ExpositionFormat.allCases {
            let bound = try #require(registry.pageBound(format, labelBytes: 64))
            let size = registry.render(format).count
            #expect(size <= bound && size * 32 > bound, "\(format): \(size) of \(bound)")
            let widest = try #require(registry.pageBound(format))
            #expect(widest > bound)
        }
        _ = try registry.gauge("unbounded", help: "", labels: ["l"], limit: .max)
        #expect(registry.pageBound(.prometheusText004) == nil)
    }
}
