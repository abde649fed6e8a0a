import CurlHTTP
import Exposition
import Testing
import TimeSeries

@testable import Gateway

@Suite struct ScrapeTargetTests {
    private func sample(
        _ name: String, _ value: Double, labels: [(name: String, value: String)] = [], at millis: Int64? = nil
    ) -> ExpositionSample {
        ExpositionSample(name: name, labels: labels, value: value, timestampMillis: millis)
    }

    private func values(_ store: SeriesStore, _ name: String) -> [(String, [Double])] {
        store.select([LabelMatcher(name: "__name__", equal: name)], from: 0, through: .max)
            .map { ($0.labels.description, $0.values) }
    }

    @Test func `samples get job and instance, and the page's own are renamed`() throws {
        let store = SeriesStore()
        var target = ScrapeTarget(job: "gateway", instance: "127.0.0.1:9464")
        let refused = target.ingest(
            .success([sample("x", 1, labels: [(name: "job", value: "mine"), (name: "a", value: "b")])]),
            at: 1_000, tookSeconds: 0.5, into: store)
        #expect(refused == 0)
        let series = try #require(values(store, "x").first)
        #expect(series.0 == #"x{a="b", exported_job="mine", instance="127.0.0.1:9464", job="gateway"}"#)
        #expect(values(store, "up").first?.1 == [1])
        #expect(values(store, "scrape_samples_scraped").first?.1 == [1])
        #expect(values(store, "scrape_duration_seconds").first?.1 == [0.5])
    }

    @Test func `a series that vanished ends with a staleness marker`() throws {
        let store = SeriesStore()
        var target = ScrapeTarget(job: "j", instance: "i")
        _ = target.ingest(.success([sample("x", 1), sample("y", 1)]), at: 1, tookSeconds: 0, into: store)
        _ = target.ingest(.success([sample("y", 2)]), at: 2, tookSeconds: 0, into: store)
        _ = target.ingest(.success([sample("y", 3)]), at: 3, tookSeconds: 0, into: store)
        let gone = try #require(values(store, "x").first?.1)
        #expect(gone.count == 2 && gone[0] == 1 && gone[1].isStaleMarker)
        #expect(values(store, "y").first?.1 == [1, 2, 3])
    }

    @Test func `a failed scrape is down and ends all series`() throws {
        let store = SeriesStore()
        var target = ScrapeTarget(job: "j", instance: "i")
        _ = target.ingest(.success([sample("x", 1)]), at: 1, tookSeconds: 0, into: store)
        _ = target.ingest(.failure(InvalidValue("refused")), at: 2, tookSeconds: 0, into: store)
        #expect(target.problem == "refused")
        #expect(values(store, "up").first?.1 == [1, 0])
        #expect(values(store, "x").first?.1.last?.isStaleMarker == true)
    }

    @Test func `samples beyond the store's room are counted, not fatal`() {
        let store = SeriesStore(limits: SeriesStoreLimits(maxSeries: 2, maxSamples: 100))
        var target = ScrapeTarget(job: "j", instance: "i")
        let page = ["a", "b", "c"].map { sample($0, 1) }
        #expect(target.ingest(.success(page), at: 1, tookSeconds: 0, into: store) == 4)
    }
}

@Suite struct MetricsPageTests {
    private func read(_ text: String, status: Int = 200, type: String = "text/plain", limit: Int = 10)
        -> ScrapeTarget.Page
    {
        let response = HTTPResponse(
            status: status, headers: [(name: "Content-Type", value: type)], body: Array(text.utf8))
        return MetricsPage.samples(response, limit: limit)
    }

    @Test func `both text formats are read`() throws {
        #expect(try read("a 1\nb{c=\"d\"} 2").get().map(\.name) == ["a", "b"])
        let open = read("# TYPE a gauge\na 1\n# EOF\n", type: "application/openmetrics-text; version=1.0.0")
        #expect(try open.get().map(\.value) == [1])
    }

    @Test func `a page that breaks OpenMetrics' rules beyond its grammar is read, as Go's runtime metrics do`() throws {
        let page = "# TYPE a gauge\na 1\n# TYPE a counter\na_total 2\n# EOF\n"
        #expect(try read(page, type: "application/openmetrics-text; version=1.0.0").get().count == 2)
    }

    @Test func `a status, a malformed page and too many samples are failed scrapes`() {
        #expect(throws: InvalidValue("status 503")) { try read("a 1", status: 503).get() }
        #expect(throws: InvalidValue("more than 1 samples")) { try read("a 1\nb 2\n", limit: 1).get() }
        #expect(throws: InvalidValue.self) { try read("a{ 1\n").get() }
        #expect(throws: InvalidValue.self) { try read("a 1\n", type: "application/openmetrics-text").get() }
    }

    @Test(arguments: [
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
        "application/openmetrics-text; version=2.0.0",
    ])
    func `formats that were not asked for are refused`(type: String) {
        #expect(throws: InvalidValue.self) { try read("", type: type).get() }
    }
}

@Suite struct ScrapeSourceTests {
    @Test(arguments: [
        ("http://127.0.0.1:9465/metrics", "log-shipper"), ("http://127.0.0.1:9001/metrics", "scrape"),
        ("erp=http://127.0.0.1:9001/metrics", "erp"),
    ])
    func `a page has a job`(text: String, job: String) throws {
        let source = try ScrapeSource(parsing: text)
        #expect(source.job == job)
        #expect(source.text == text)
    }

    @Test(arguments: ["=http://a/m", "a b=http://a/m", "erp=9001", "erp"])
    func `what is neither a page nor job=page is refused`(text: String) {
        #expect(throws: InvalidValue.self) { try ScrapeSource(parsing: text) }
    }
}
