import Exposition
import Foundation
import GatewayMetrics
import Locking
import TestSupport
import Testing

@Suite("Serving scrapes")
struct ScrapeServiceTests {
    /// A connection that remembers what it got.
    private final class Connection: Sendable {
        let bytes = Locked<[UInt8]>([])
        let endings = Locked<[(any Error)?]>([])
        let failsAfter: Int

        init(failsAfter: Int = .max) { self.failsAfter = failsAfter }

        struct Gone: Error {}

        var sink: ScrapeSink {
            ScrapeSink(
                write: { [self] piece in
                    try bytes.withLock { bytes in
                        if bytes.count >= failsAfter { throw Gone() }
                        bytes.append(contentsOf: piece)
                    }
                },
                end: { [self] error in endings.withLock { $0.append(error) } })
        }

        var body: [UInt8] { bytes.withLock { $0 } }
        var ended: Bool { endings.withLock { $0.count == 1 } }
        var failure: (any Error)? { endings.withLock { $0.last.flatMap { $0 } } }
    }

    private func service(
        children: Int = 3000, clock: @escaping MonotonicClock = MetricsRegistry.uptime
    ) throws -> (MetricsRegistry, ScrapeService) {
        let registry = MetricsRegistry(prefix: "t", shards: 1, clock: clock)
        let gauges = try registry.gauge("g", help: "G.", labels: ["l"])
        for number in 0..<children { gauges.bind(["\(number)"]).set(Double(number)) }
        return (registry, ScrapeService(registry: registry, options: ScrapeOptions(timeoutSeconds: 10)))
    }

    private func results(_ registry: MetricsRegistry) -> [String: Int] {
        var results: [String: Int] = [:]
        registry.forEachSample { name, labels, value in
            if name == "t_metrics_scrapes_total", value > 0 { results[labels[0].value] = Int(value) }
            if name == "t_metrics_scrape_duration_seconds_count" { results["rendered"] = Int(value) }
        }
        return results
    }

    @Test("equal requests share one rendering until its first piece is out; others get their own")
    func sharing() throws {
        let (registry, service) = try service()
        let plan = service.plan(ScrapeRequest())
        let connections = (0..<4).map { _ in Connection() }
        guard case .run(let job) = service.submit(plan, connections[0].sink),
            case .joined = service.submit(plan, connections[1].sink),
            case .joined = service.submit(service.plan(ScrapeRequest(accept: "*/*")), connections[2].sink),
            case .run(let other) = service.submit(
                service.plan(ScrapeRequest(accept: "application/openmetrics-text")), connections[3].sink)
        else {
            Issue.record("not admitted as expected")
            return
        }
        job.run()
        job.run()
        #expect(connections[..<3].allSatisfy { $0.ended && $0.failure == nil })
        #expect(connections[0].body.count > 10_000)
        #expect(connections[1].body == connections[0].body && connections[2].body == connections[0].body)
        #expect(!connections[3].ended)
        other.run()
        #expect(connections[3].ended && connections[3].body.starts(with: "# TYPE".utf8))
        #expect(results(registry) == ["ok": 4, "rendered": 2])
    }

    @Test("who comes after the first piece does not get an old page")
    func late() throws {
        let (registry, service) = try service()
        let plan = service.plan(ScrapeRequest())
        let late = Connection()
        let jobs = Locked<[ScrapeJob]>([])
        let first = ScrapeSink(
            write: { _ in
                jobs.withLock { jobs in
                    guard jobs.isEmpty, case .run(let job) = service.submit(plan, late.sink) else { return }
                    jobs.append(job)
                }
            }, end: { _ in })
        guard case .run(let job) = service.submit(plan, first) else {
            Issue.record("not admitted")
            return
        }
        job.run()
        for job in jobs.withLock({ $0 }) { job.run() }
        #expect(late.ended && late.failure == nil)
        #expect(results(registry) == ["ok": 2, "rendered": 2])
    }

    @Test("a scraper that goes away does not disturb those who share with it; with the last the rendering stops")
    func goneAway() throws {
        let (registry, service) = try service(children: 20_000)
        let plan = service.plan(ScrapeRequest())
        let connections = [Connection(failsAfter: 1), Connection(), Connection(failsAfter: 70_000)]
        guard case .run(let job) = service.submit(plan, connections[0].sink) else { return }
        for connection in connections.dropFirst() { _ = service.submit(plan, connection.sink) }
        job.run()
        #expect(connections.allSatisfy { $0.ended })
        #expect(connections[0].failure is Connection.Gone && connections[2].failure is Connection.Gone)
        #expect(connections[1].failure == nil)
        #expect(results(registry) == ["ok": 1, "failed": 2, "rendered": 1])
        let lonely = Connection(failsAfter: 1)
        guard case .run(let second) = service.submit(plan, lonely.sink) else { return }
        second.run()
        #expect(lonely.ended && lonely.body.count <= 65536)
        #expect(results(registry) == ["ok": 1, "failed": 3, "rendered": 2])
    }

    @Test("more at the same time than may run are refused, and places come back")
    func refusal() throws {
        let (registry, service) = try service()
        var jobs: [ScrapeJob] = []
        var refused = 0
        for number in 0..<10 {
            switch service.submit(service.plan(ScrapeRequest(query: "name[]=x\(number)")), Connection().sink) {
            case .run(let job): jobs.append(job)
            case .refused: refused += 1
            case .joined: Issue.record("joined another filter")
            }
        }
        #expect(jobs.count == ScrapeService.maxJobs && refused == 10 - ScrapeService.maxJobs)
        #expect(throws: ScrapeError.busy) { try service.scrape(service.plan(ScrapeRequest())) { _ in } }
        // A job that is thrown away gives its place back, too.
        jobs.removeLast()
        for job in jobs { job.run() }
        jobs = []
        try service.scrape(service.plan(ScrapeRequest())) { _ in }
        #expect(results(registry)["refused"] == 10 - ScrapeService.maxJobs + 1)
    }

    @Test("a job that is thrown away ends the scrapes that wait for it")
    func thrownAway() throws {
        let (_, service) = try service()
        let connections = [Connection(), Connection()]
        do {
            guard case .run = service.submit(service.plan(ScrapeRequest()), connections[0].sink) else { return }
        }
        #expect(connections[0].ended && connections[0].failure as? ScrapeError == .busy)
    }

    @Test("a scrape that waited too long for a thread, or takes too long, ends with a timeout")
    func timeout() throws {
        let clock = SteppingClock()
        let (registry, service) = try service(clock: { clock.next(by: 1_000_000) })
        let plan = service.plan(ScrapeRequest(timeoutSeconds: 2))
        let patient = Connection()
        let hasty = Connection()
        guard case .run(let job) = service.submit(service.plan(ScrapeRequest(timeoutSeconds: 9)), patient.sink),
            case .joined = service.submit(plan, hasty.sink)
        else { return }
        _ = clock.next(by: 5_000_000_000)
        job.run()
        #expect(hasty.failure as? ScrapeError == .timeout && hasty.body.isEmpty)
        #expect(patient.ended && patient.failure == nil)
        #expect(results(registry) == ["ok": 1, "timeout": 1, "rendered": 1])
    }

    @Test("threads that scrape at once, by the blocking call, all get whole pages")
    func threads() throws {
        let (registry, service) = try service()
        let expected = registry.render(.prometheusText004).count
        let group = DispatchGroup()
        let wrong = Locked(0)
        for number in 0..<6 {
            group.enter()
            Thread.detachNewThread {
                for round in 0..<20 {
                    let connection = Connection()
                    let coding = (number + round) % 3 == 0 ? "gzip" : nil
                    do {
                        let plan = service.plan(ScrapeRequest(acceptEncoding: coding, query: "name[]=g"))
                        try service.scrape(plan, write: connection.sink.write)
                        let body = coding == nil ? connection.body : try Gunzip.decompress(connection.body)
                        if body.count < expected / 2 { wrong.withLock { $0 += 1 } }
                    } catch ScrapeError.busy {
                    } catch {
                        wrong.withLock { $0 += 1 }
                    }
                }
                group.leave()
            }
        }
        group.wait()
        #expect(wrong.withLock { $0 } == 0)
    }
}
