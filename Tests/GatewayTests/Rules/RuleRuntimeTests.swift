import AlertRules
import Exposition
import Locking
import TestSupport
import Testing

@testable import Gateway

/// A runtime whose clock, registry and pages are the test's.
private final class RuntimeFixture {
    let own = Locked<[ExpositionSample]>([])
    let pages = Locked<[String: ScrapeTarget.Page]>([:])
    let runtime: RuleRuntime
    var now: Int64 = 1_700_000_000_000

    init(_ rules: String, settings: RulesSettings = RulesSettings()) throws {
        let box = Box()
        runtime = RuleRuntime(
            settings: settings, rules: RuleSet(groups: try RuleFile.parse(rules, file: "rules.yaml").groups),
            instance: "127.0.0.1:9464",
            inputs: RuleRuntime.Inputs(
                ownSamples: { box.fixture?.own.withLock { $0 } ?? [] },
                fetch: { urls in
                    urls.map { url in
                        box.fixture?.pages.withLock { $0[url.text] } ?? .failure(InvalidValue("refused"))
                    }
                },
                monotonicNanos: { 0 }))
        box.fixture = self
    }

    private final class Box {
        weak var fixture: RuntimeFixture?
    }

    /// One tick after another, `seconds` long.
    @discardableResult
    func run(seconds: Int64, step: Int64 = 15) -> [ActiveAlert] {
        var sent: [ActiveAlert] = []
        for _ in 0..<(seconds / step) {
            now += step * 1_000
            sent += runtime.tick(atMillis: now)
        }
        return sent
    }

    func set(_ name: String, _ value: Double, _ labels: (name: String, value: String)...) {
        own.withLock { $0 = [ExpositionSample(name: name, labels: labels, value: value)] }
    }

    var states: [RuleReport.State] { runtime.report.rules.map(\.state) }
}

@Suite struct RuleRuntimeTests {
    private static let rules = """
        groups:
          - name: gateway
            rules:
              - alert: Failing
                expr: rate(gateway_requests_total{code="502"}[1m]) > 0
                for: 30s
                labels: { severity: page }
                annotations: { summary: "{{ $labels.tenant }} fails" }
              - alert: ShipperGone
                expr: shipper_lag_bytes > 10
              - record: tenant:requests:rate1m
                expr: sum by (tenant) (rate(gateway_requests_total[1m]))
        """

    @Test func `an alert goes pending, fires and resolves as the gateway's own series tell`() throws {
        let fixture = try RuntimeFixture(Self.rules)
        #expect(fixture.states == [.unknown, .unknown, .unknown])
        fixture.set("gateway_requests_total", 0, ("tenant", "acme"), ("code", "502"))
        fixture.run(seconds: 60)
        #expect(fixture.states == [.inactive, .noData, .inactive])
        var sent: [ActiveAlert] = []
        fixture.set("gateway_requests_total", 5, ("tenant", "acme"), ("code", "502"))
        sent += fixture.run(seconds: 15)
        #expect(fixture.states[0] == .pending)
        #expect(sent.isEmpty)
        sent += fixture.run(seconds: 30)
        let report = try #require(fixture.runtime.report.rules.first)
        #expect(report.state == .firing)
        let alert = try #require(report.alerts.first)
        #expect(alert.labels["severity"] == "page" && alert.labels["instance"] == "127.0.0.1:9464")
        #expect(alert.annotations == ["summary": "acme fails"])
        #expect(alert.activeAtMillis == fixture.now - 30_000)
        #expect(sent.count == 1)
        let resolved = fixture.run(seconds: 120)
        #expect(fixture.states[0] == .inactive)
        #expect(resolved.last?.resolvedAtMillis != nil)
    }

    @Test func `a rule without inputs shows no data until they come`() throws {
        let page = "http://127.0.0.1:9465/metrics"
        var settings = RulesSettings()
        settings.scrape = [try ScrapeSource(parsing: page)]
        let fixture = try RuntimeFixture(Self.rules, settings: settings)
        fixture.run(seconds: 15)
        #expect(fixture.states[1] == .noData)
        #expect(fixture.runtime.problems == ["scrape of \(page) failed: refused"])
        let lag = ExpositionSample(name: "shipper_lag_bytes", labels: [], value: 11)
        fixture.pages.withLock { $0[page] = .success([lag]) }
        fixture.run(seconds: 15)
        #expect(fixture.states[1] == .firing)
        #expect(fixture.runtime.problems.isEmpty)
    }

    @Test func `up tells which pages answer`() throws {
        var settings = RulesSettings()
        settings.scrape = [try ScrapeSource(parsing: "erp=http://10.0.0.1:80/m")]
        let fixture = try RuntimeFixture(
            "groups: [{ name: g, rules: [{ alert: Down, expr: up == 0 }] }]", settings: settings)
        fixture.run(seconds: 15)
        let alert = try #require(fixture.runtime.report.rules.first?.alerts.first)
        #expect(alert.labels == ["alertname": "Down", "job": "erp", "instance": "10.0.0.1:80"])
    }

    @Test func `a rule that fails says why and the others go on`() throws {
        let rules = """
            groups:
              - name: g
                rules:
                  - { alert: Bad, expr: "x * on(a) group_left y" }
                  - { alert: Good, expr: "x > 0" }
            """
        let fixture = try RuntimeFixture(rules)
        let labels: [(name: String, value: String)] = [(name: "a", value: "1")]
        fixture.own.withLock { samples in
            samples = ["1", "2"].map {
                ExpositionSample(name: "y", labels: labels + [(name: "b", value: $0)], value: 1)
            }
            samples.append(ExpositionSample(name: "x", labels: labels, value: 1))
        }
        fixture.run(seconds: 15)
        #expect(fixture.states == [.error, .firing])
        #expect(fixture.runtime.report.rules.first?.error?.isEmpty == false)
    }

    @Test func `a reload keeps the state of rules that stay`() throws {
        let rules = "groups: [{ name: g, rules: [{ alert: A, expr: x > 0, for: 1h }] }]"
        let fixture = try RuntimeFixture(rules)
        fixture.set("x", 1)
        fixture.run(seconds: 15)
        let since = fixture.now
        let more = rules.replacing("}] }]", with: "}, { alert: B, expr: x > 1 }] }]")
        fixture.runtime.configure(
            settings: RulesSettings(), rules: RuleSet(groups: try RuleFile.parse(more, file: "rules.yaml").groups),
            atMillis: fixture.now)
        fixture.run(seconds: 15)
        #expect(fixture.states == [.pending, .inactive])
        #expect(fixture.runtime.report.rules.first?.alerts.first?.activeAtMillis == since)
    }

    @Test func `series of a dropped group end after two intervals, those that another group took over go on`() throws {
        let old = "{ name: old, rules: [{ record: y, expr: x }, { record: z, expr: x }] }"
        let new = "{ name: new, rules: [{ record: z, expr: x }] }"
        let alerts = "{ name: alerts, rules: [{ alert: Y, expr: y > 0 }, { alert: Z, expr: z > 0 }] }"
        let fixture = try RuntimeFixture("groups: [\(old), \(alerts)]")
        fixture.set("x", 1)
        fixture.run(seconds: 30)
        #expect(fixture.states.suffix(2) == [.firing, .firing])
        let rules = try RuleFile.parse("groups: [\(new), \(alerts)]", file: "rules.yaml")
        fixture.runtime.configure(
            settings: RulesSettings(), rules: RuleSet(groups: rules.groups), atMillis: fixture.now)
        fixture.run(seconds: 15)
        #expect(fixture.states.suffix(2) == [.firing, .firing])
        fixture.run(seconds: 30)
        #expect(fixture.states.suffix(2) == [.inactive, .firing])
    }

    @Test func `groups keep to their own interval`() throws {
        let rules = """
            groups:
              - { name: slow, interval: 1m, rules: [{ alert: A, expr: x > 0 }] }
              - { name: fast, interval: 5s, rules: [{ alert: B, expr: x > 0 }] }
            """
        let fixture = try RuntimeFixture(rules)
        #expect(fixture.runtime.periodMillis == 5_000)
        fixture.set("x", 1)
        fixture.run(seconds: 5, step: 5)
        let start = fixture.now
        fixture.run(seconds: 55, step: 5)
        #expect(fixture.runtime.report.rules.map(\.evaluatedAtMillis) == [start, fixture.now])
        fixture.run(seconds: 5, step: 5)
        #expect(fixture.runtime.report.rules.first?.evaluatedAtMillis == fixture.now)
    }

    @Test func `samples older than the retention are gone`() throws {
        var settings = RulesSettings()
        settings.retentionNanos = 60_000_000_000
        let fixture = try RuntimeFixture(
            "groups: [{ name: g, rules: [{ record: n, expr: 'count_over_time(up[1h])' }, "
                + "{ alert: Kept, expr: n > 4 }, { alert: More, expr: n > 5 }] }]",
            settings: settings)
        fixture.run(seconds: 600)
        #expect(fixture.states == [.inactive, .firing, .inactive])
    }
}

@Suite struct RuleSetTests {
    @Test func `every problem of every file is told`() throws {
        let error = try #require(throws: InvalidValue.self) {
            var configuration = GatewayConfiguration()
            configuration.rules.files = ["/no/a.yaml", "/no/b.yaml"]
            _ = try configuration.loadRules()
        }
        #expect(
            error.message
                == "rules.files: /no/a.yaml: cannot read the file: no such file\n"
                + "rules.files: /no/b.yaml: cannot read the file: no such file")
    }
}
