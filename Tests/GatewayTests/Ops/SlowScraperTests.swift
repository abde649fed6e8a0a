import Exposition
import GatewayMetrics
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// Scrapers that do not read, go away or come all at once.
@Suite("Slow and many scrapers", .serialized)
struct SlowScraperTests {
    private static let request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("a scraper that does not read holds up neither the worker nor the listener")
    func slow() async throws {
        let ops = try OpsListenerFixture(series: 100_000, workers: 1)
        let slow = try ops.client()
        slow.send(Self.request)
        // The only worker is done with the page although most of it is unread.
        #expect(eventually { ops.value("gateway_metrics_scrapes_total{result=\"ok\"}") == 1 })
        #expect(ops.feed.heldBytes > 0)
        let other = try #require(try ops.get())
        #expect(other.isComplete && other.body.count > 8_000_000)
        #expect(try ops.get("/livez")?.text == "ok\n")
        let late = try #require(slow.response())
        #expect(late.isComplete && late.body.count > 8_000_000)
        #expect(eventually { ops.feed.heldBytes == 0 && ops.feed.openReaders == 0 })
        await ops.stop()
    }

    @Test("what waits for slow scrapers stays below the bound, and a page larger than that still arrives whole")
    func bounded() async throws {
        let bound = 1 << 20
        let ops = try OpsListenerFixture(series: 100_000, heldBytes: bound, stallNanos: 60_000_000_000)
        let client = try ops.client()
        client.send(Self.request)
        #expect(eventually { ops.feed.heldBytes > bound - 70_000 })
        #expect(ops.feed.heldBytes <= bound)
        let response = try #require(client.response())
        #expect(response.isComplete && response.body.count > 8_000_000)
        #expect(eventually { ops.feed.heldBytes == 0 })
        await ops.stop()
    }

    @Test("a scraper that takes nothing while others need its memory is cut off")
    func cut() async throws {
        let ops = try OpsListenerFixture(series: 100_000, heldBytes: 1 << 20, stallNanos: 1_000_000, workers: 1)
        let stuck = try ops.client()
        stuck.send(Self.request)
        #expect(eventually { ops.value("gateway_metrics_scrapes_total{result=\"failed\"}") == 1 })
        let other = try #require(try ops.get("/metrics?name[]=gateway_level_ratio"))
        #expect(other.isComplete)
        // Its answer ends without the last chunk.
        #expect(stuck.response()?.isComplete == false)
        await ops.stop()
    }

    @Test("a scrape that takes longer than the scraper waits is broken off, and its connection with it")
    func timeout() async throws {
        let ops = try OpsListenerFixture(series: 100_000, heldBytes: 1 << 20, stallNanos: 60_000_000_000)
        let client = try ops.client()
        client.send("GET /metrics HTTP/1.1\r\nHost: a\r\nX-Prometheus-Scrape-Timeout-Seconds: 0.05\r\n\r\n")
        #expect(eventually { ops.value("gateway_metrics_scrapes_total{result=\"timeout\"}") == 1 })
        #expect(client.response()?.isComplete == false)
        #expect(client.isClosed())
        await ops.stop()
    }

    @Test("a scraper that goes away ends its rendering and leaves nothing behind")
    func gone() async throws {
        let ops = try OpsListenerFixture(
            series: 100_000, heldBytes: 1 << 20, stallNanos: 60_000_000_000, workers: 1)
        for _ in 0..<3 {
            do {
                let client = try ops.client()
                client.send(Self.request)
                #expect(eventually { ops.feed.heldBytes > 900_000 })
            }
            // Else the next one sees the bytes of this one, and goes before it was served.
            #expect(eventually { ops.feed.heldBytes == 0 && ops.feed.openReaders == 0 })
        }
        #expect(eventually { ops.value("gateway_metrics_scrapes_total{result=\"failed\"}") == 3 })
        #expect(try ops.get("/metrics?name[]=gateway_level_ratio")?.isComplete == true)
        await ops.stop()
    }

    @Test("equal scrapes at the same time are rendered once; others are not mixed up with them")
    func coalesced() async throws {
        let ops = try OpsListenerFixture(series: 20_000, workers: 1)
        let release = ops.occupyWorker()
        let clients = try (0..<20).map { _ in try ops.client() }
        for client in clients { client.send(Self.request) }
        let other = try ops.client()
        other.send("GET /metrics?name[]=gateway_level_ratio HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(eventually { ops.feed.openReaders == 21 })
        release()
        let bodies = clients.compactMap { $0.response() }.filter(\.isComplete).map(\.body)
        #expect(bodies.count == 20 && Set(bodies).count == 1)
        #expect(try #require(other.response()).body.count < 1_000)
        #expect(ops.value("gateway_metrics_scrapes_total{result=\"ok\"}") == 21)
        #expect(ops.value("gateway_metrics_scrape_duration_seconds_count") == 2)
        await ops.stop()
    }

    @Test("more different scrapes than may wait are refused, with a time to come again")
    func busy() async throws {
        let ops = try OpsListenerFixture(workers: 1)
        let release = ops.occupyWorker()
        let clients = try (0..<ScrapeService.maxJobs).map { index in
            let client = try ops.client()
            client.send("GET /metrics?name[]=x\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        #expect(eventually { ops.feed.openReaders == clients.count })
        let refused = try #require(try ops.get("/metrics?name[]=y"))
        #expect(refused.status == 503 && refused.field("Retry-After") == "1")
        #expect(refused.text.contains("OVERLOADED"))
        release()
        for client in clients { #expect(client.response()?.status == 200) }
        await ops.stop()
    }

    @Test("a scraper whose connection takes nothing for too long is thrown out")
    func stuck() async throws {
        var timeouts = PhaseTimeouts()
        timeouts.bodyNanos = 100_000_000
        let ops = try OpsListenerFixture(series: 100_000, timeouts: timeouts)
        let client = try ops.client()
        client.send(Self.request)
        #expect(eventually { ops.feed.heldBytes > 0 })
        #expect(eventually { ops.feed.openReaders == 0 && ops.feed.heldBytes == 0 })
        #expect(client.response()?.isComplete == false)
        await ops.stop()
    }

    @Test("the end of the program does not wait for scrapers")
    func drain() async throws {
        let ops = try OpsListenerFixture(series: 100_000, heldBytes: 1 << 20, stallNanos: 60_000_000_000)
        let client = try ops.client()
        client.send(Self.request)
        #expect(eventually { ops.feed.heldBytes > 900_000 })
        await ops.stop()
        #expect(ops.feed.heldBytes == 0 && ops.feed.openReaders == 0)
        #expect(client.response()?.isComplete == false)
    }
}
