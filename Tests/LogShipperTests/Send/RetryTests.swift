import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("Retry")
struct RetryTests {
    private let second: Int64 = 1_000_000_000

    @Test("the backoff is uniform up to a bound that doubles and then stays")
    func backoff() {
        var generator = SeededGenerator.forTest(seed: 41)
        let policy = RetryPolicy(initialNanos: 100, maxNanos: 1000)
        for (attempt, bound) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (60, 1000), (Int.max, 1000)] {
            let delays = (0..<500).map { _ in
                policy.delayNanos(attempt: attempt, retryAfterNanos: nil, random: &generator)
            }
            #expect(delays.allSatisfy { $0 >= 0 && $0 <= bound })
            #expect((delays.max() ?? 0) > Int64(bound) * 9 / 10)
            #expect((delays.min() ?? 0) < Int64(bound) / 10)
        }
    }

    @Test("Retry-After is never undercut, and clamped")
    func retryAfter() {
        var generator = SeededGenerator.forTest(seed: 42)
        let policy = RetryPolicy()
        for (asked, atLeast, atMost) in [
            (2 * second, 2 * second, 3 * second), (0, second, 2 * second),
            (999_999_999 * second, 300 * second, 301 * second),
        ] {
            let delay = policy.delayNanos(attempt: 3, retryAfterNanos: asked, random: &generator)
            #expect(delay >= atLeast && delay <= atMost)
        }
    }

    @Test("Retry-After in seconds, as a date, in the past, and as garbage")
    func header() {
        let now: Int64 = 784_111_777 * second
        #expect(RetryAfter.nanos("2", nowWallNanos: now) == 2 * second)
        #expect(RetryAfter.nanos("0", nowWallNanos: now) == 0)
        #expect(RetryAfter.nanos("Sun, 06 Nov 1994 08:49:47 GMT", nowWallNanos: now) == 10 * second)
        #expect(RetryAfter.nanos("Sun, 06 Nov 1994 08:49:27 GMT", nowWallNanos: now) == 0)
        #expect((RetryAfter.nanos("99999999999999999999999", nowWallNanos: now) ?? 0) > 300 * second)
        for garbage in ["", "soon", "-1", "1.5", "Sun, 06 Nov 1994 08:49:37", "Sun, 99 Foo 1994 08:49:37 GMT"] {
            #expect(RetryAfter.nanos(garbage, nowWallNanos: now) == nil)
        }
    }

    @Test("each status and each failure has its class")
    func classes() {
        func verdict(_ status: Int, _ classes: ResponseClasses = .generic) -> String {
            switch classes.verdict(.success(HTTPResponse(status: status)), nowWallNanos: 0) {
            case .delivered: "delivered"
            case .retry(let reason, _): reason.rawValue
            case .rejected: "rejected"
            }
        }
        for status in [200, 201, 202, 204] { #expect(verdict(status) == "delivered") }
        for status in [400, 413, 422] { #expect(verdict(status) == "rejected") }
        for status in [408, 425, 429] { #expect(verdict(status) == "throttled") }
        for status in [500, 502, 503, 504, 599] { #expect(verdict(status) == "server_error") }
        for status in [401, 403, 407] { #expect(verdict(status) == "unauthorized") }
        for status in [301, 307, 404, 405, 410, 501, 505, 260, 206] { #expect(verdict(status) == "misconfigured") }
        #expect(verdict(204, .loki) == "delivered")
        for status in [201, 202, 260] { #expect(verdict(status, .loki) == "misconfigured") }
        for (kind, reason) in [
            (CurlError.Kind.resolve, "connect"), (.connect, "connect"), (.timeout, "timeout"), (.tls, "tls"),
            (.receive, "broken"), (.send, "broken"), (.invalidURL, "misconfigured"),
        ] {
            let result = ResponseClasses.generic.verdict(
                .failure(CurlError(kind: kind, message: "")), nowWallNanos: 0)
            guard case .retry(let found, nil) = result else {
                Issue.record("\(kind): \(result)")
                continue
            }
            #expect(found.rawValue == reason)
        }
    }
}

@Suite("TenantQueue")
struct TenantQueueTests {
    private let policy = RetryPolicy(initialNanos: 100, maxNanos: 100)

    private func unit(_ id: UInt64, lines: Int) -> Unit {
        let batch = LedgerTests.batch(id, tenant: 1, (0..<lines).map { (1, Int64($0)) })
        return Unit(batch: batch, lines: 0..<lines)
    }

    @Test("one request at a time, in order; a failure waits and the same unit comes again")
    func order() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        let becameReady = queue.enqueue(unit(1, lines: 2))
        let again = queue.enqueue(unit(2, lines: 1))
        #expect(becameReady && !again)
        #expect(queue.start()?.batch.id == 1)
        #expect(queue.start() == nil)
        let failed = queue.finish(
            .retry(reason: .throttled, afterNanos: nil), nowNanos: 0, policy: policy, random: &random)
        #expect(failed == .waits(reason: .throttled, attempt: 1))
        #expect(queue.isFailing)
        #expect(queue.start() == nil)
        let early = queue.tick(nowNanos: -1)
        let due = queue.tick(nowNanos: 100)
        #expect(!early && due)
        #expect(queue.start()?.batch.id == 1)
        let done = queue.finish(.delivered, nowNanos: 200, policy: policy, random: &random)
        #expect(done == .acknowledged(batch: 1, lines: 0..<2))
        #expect(!queue.isFailing)
        #expect(queue.start()?.batch.id == 2)
        _ = queue.finish(.delivered, nowNanos: 200, policy: policy, random: &random)
        #expect(queue.phase == .idle)
    }

    @Test("one poisoned line of a thousand is found by bisection in about 2·log2 n requests")
    func bisection() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1000))
        var requests = 0
        var acknowledged: [Range<Int>] = []
        var dead: [Int] = []
        while let unit = queue.start() {
            requests += 1
            let verdict: Verdict =
                unit.lines.contains(777) ? .rejected(status: 400, reason: "bad") : .delivered
            switch queue.finish(verdict, nowNanos: 0, policy: policy, random: &random) {
            case .acknowledged(_, let lines): acknowledged.append(lines)
            case .writeDeadLetter:
                dead.append(unit.lines.lowerBound)
                queue.deadLettered()
            default: break
            }
        }
        #expect(requests <= 22)
        #expect(dead == [777])
        #expect(acknowledged.flatMap { Array($0) } == (0..<1000).filter { $0 != 777 })
    }

    @Test("a dead letter that cannot be written keeps its line in the queue")
    func deadLetterFails() {
        var random = SeededGenerator(seed: 1)
        var queue = TenantQueue()
        _ = queue.enqueue(unit(1, lines: 1))
        _ = queue.start()
        let effect = queue.finish(
            .rejected(status: 400, reason: "bad"), nowNanos: 0, policy: policy, random: &random)
        #expect(effect == .writeDeadLetter(status: 400, reason: "bad"))
        _ = queue.wait(.deadLetterFile, nil, 0, policy, &random)
        let due = queue.tick(nowNanos: 1000)
        #expect(due)
        #expect(queue.start()?.lines == 0..<1)
    }

    @Test("random verdicts settle every line exactly once and in order")
    func model() {
        var random = SeededGenerator.forTest(seed: 51)
        for _ in 0..<50 {
            var queue = TenantQueue()
            var settled: [UInt64: [Int]] = [:]
            var sizes: [UInt64: Int] = [:]
            var now: Int64 = 0
            for id in UInt64(1)...8 {
                let size = random.int(1...9)
                sizes[id] = size
                _ = queue.enqueue(unit(id, lines: size))
            }
            while queue.phase != .idle {
                now += 200
                _ = queue.tick(nowNanos: now)
                guard let unit = queue.start() else { continue }
                let verdict: Verdict =
                    random.oneIn(3)
                    ? .retry(reason: .timeout, afterNanos: nil)
                    : random.oneIn(3) ? .rejected(status: 413, reason: "") : .delivered
                switch queue.finish(verdict, nowNanos: now, policy: policy, random: &random) {
                case .acknowledged(let batch, let lines): settled[batch, default: []] += lines
                case .writeDeadLetter:
                    settled[unit.batch.id, default: []] += unit.lines
                    queue.deadLettered()
                default: break
                }
            }
            for (id, size) in sizes { #expect(settled[id] == Array(0..<size)) }
        }
    }
}
