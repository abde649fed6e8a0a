import Dispatch
import Exposition
import Locking
import TestSupport
import Testing

@testable import GatewayMetrics

/// A feed over a registry of some megabytes, with threads of its own.
private final class FeedFixture: Sendable {
    let registry: MetricsRegistry
    let feed: ScrapeFeed
    private let queue = DispatchQueue(label: "pages", attributes: .concurrent)

    init(series: Int, heldBytes: Int = 64 << 20, stallNanos: UInt64 = 60_000_000_000, hasThreads: Bool = true) throws {
        registry = MetricsRegistry(prefix: "t", shards: 0)
        let family = try registry.counter("t_things_total", help: "Things.", labels: ["name"], limit: max(series, 1))
        for index in 0..<series { family.bind(["\(index)-\(String(repeating: "x", count: 60))"]).increment() }
        let queue = queue
        feed = ScrapeFeed(
            ScrapeService(registry: registry), limits: ScrapeFeed.Limits(heldBytes: heldBytes, stallNanos: stallNanos)
        ) { work in
            if hasThreads { queue.async { work() } }
            return hasThreads
        }
    }

    /// The value of a series.
    func sum(_ series: String) -> Double? {
        let text = String(decoding: registry.render(.prometheusText004), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) }
    }

    /// Takes everything, or so many pieces, on the calling thread; nil when the page was broken off.
    func read(_ reader: ScrapeReader, atMost limit: Int = .max) -> [UInt8]? {
        var body: [UInt8] = []
        let wake = DispatchSemaphore(value: 0)
        for _ in 0..<limit {
            switch reader.next(orCall: { wake.signal() }) {
            case .piece(let bytes):
                #expect(!bytes.isEmpty && bytes.count <= 64 << 10)
                body += bytes
            case .wait: wake.wait()
            case .end: return body
            case .failed: return nil
            }
        }
        return body
    }
}

@Suite("Feeds of scrapes")
struct ScrapeFeedTests {
    @Test("a page comes in pieces, the same as when it is rendered at once")
    func pieces() throws {
        let fixture = try FeedFixture(series: 5_000)
        let body = try #require(fixture.read(try fixture.feed.open(ScrapeRequest(query: "name[]=t_things_total"))))
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 5_002)
        #expect(fixture.feed.heldBytes == 0 && fixture.feed.openReaders == 0)
    }

    @Test("a reader that has ended, or was cancelled, goes on saying so")
    func ended() throws {
        let fixture = try FeedFixture(series: 1)
        let reader = try fixture.feed.open(ScrapeRequest())
        #expect(fixture.read(reader) != nil)
        #expect(fixture.read(reader) == nil || fixture.read(reader, atMost: 1)?.isEmpty == true)
        let other = try fixture.feed.open(ScrapeRequest())
        other.cancel()
        other.cancel()
        #expect(fixture.read(other) == nil)
        #expect(eventually { fixture.feed.openReaders == 0 && fixture.feed.heldBytes == 0 })
    }

    @Test("without threads a scrape is refused")
    func refused() throws {
        let fixture = try FeedFixture(series: 1, hasThreads: false)
        #expect(throws: ScrapeError.busy) { try fixture.feed.open(ScrapeRequest()) }
        #expect(fixture.feed.openReaders == 0)
        #expect(throws: ScrapeError.busy) { try fixture.feed.open(ScrapeRequest()) }
    }

    @Test("whoever waits for the beginning is called, whether there is a page or not")
    func begun() throws {
        let fixture = try FeedFixture(series: 10)
        for request in [ScrapeRequest(), ScrapeRequest(query: "name[]=nothing"), ScrapeRequest(timeoutSeconds: 1e-9)] {
            let reader = try fixture.feed.open(request)
            let called = DispatchSemaphore(value: 0)
            reader.whenBegun { called.signal() }
            called.wait()
            if case .wait = reader.next(orCall: {}) { Issue.record("nothing was there") }
            reader.cancel()
        }
    }

    @Test("while the bytes are used up, scrapes wait for stalled readers to be cut off, or for their own end")
    func full() throws {
        let fixture = try FeedFixture(series: 3_000, heldBytes: 150_000, stallNanos: 300_000_000)
        let stalled = try fixture.feed.open(ScrapeRequest())
        #expect(eventually { fixture.feed.heldBytes > 80_000 })
        // Another query, so that it is not the same rendering.
        let page = fixture.read(try fixture.feed.open(ScrapeRequest(query: "name[]=t_things_total")))
        #expect(page != nil)
        if case .failed = stalled.next(orCall: {}) {} else { Issue.record("the reader was not cut off") }
        let patient = try FeedFixture(series: 3_000, heldBytes: 150_000)
        let slow = try patient.feed.open(ScrapeRequest(timeoutSeconds: 0.3))
        #expect(eventually { patient.sum("t_metrics_scrapes_total{result=\"timeout\"}") == 1 })
        #expect(patient.read(slow) == nil)
        #expect(patient.feed.heldBytes == 0 && patient.feed.openReaders == 0)
    }

    @Test("readers of all tempers at once: pages are whole or broken off, never wrong, and the bound holds")
    func everything() throws {
        let bound = 300_000
        let fixture = try FeedFixture(series: 3_000, heldBytes: bound, stallNanos: 20_000_000)
        let whole = try #require(fixture.read(try fixture.feed.open(ScrapeRequest(query: "name[]=t_things_total"))))
        let counts = Locked((whole: 0, broken: 0, refused: 0))
        DispatchQueue.concurrentPerform(iterations: 6) { thread in
            var random = SeededGenerator(seed: UInt64(thread))
            for _ in 0..<25 {
                #expect(fixture.feed.heldBytes <= bound)
                guard let reader = try? fixture.feed.open(ScrapeRequest(query: "name[]=t_things_total")) else {
                    counts.withLock { $0.refused += 1 }
                    continue
                }
                switch random.int(0...3) {
                case 0: reader.cancel()
                case 1:
                    _ = fixture.read(reader, atMost: random.int(1...3))
                    reader.cancel()
                default:
                    let body = fixture.read(reader)
                    if let body { #expect(body == whole) }
                    counts.withLock { counts in
                        if body == nil { counts.broken += 1 } else { counts.whole += 1 }
                    }
                }
            }
        }
        #expect(counts.withLock { $0.whole } > 0)
        #expect(eventually { fixture.feed.openReaders == 0 && fixture.feed.heldBytes == 0 })
    }
}
