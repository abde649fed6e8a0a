import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("Retry")
struct RetryTests {
    private let second: Int64 = 1_000_000_000

    @Test("case 59: the backoff is uniform up to a bound that doubles and then stays")
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

    @Test("case 60: Retry-After is never undercut, and clamped")
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

    @Test("case 60: Retry-After in seconds, as a date, in the past, and as garbage")
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
            switch classes.verdict(HTTPResponse(status: status), nowWallNanos: 0) {
            case .delivered: "delivered"
            case .retry(let reason, _): reason.rawValue
            case .rejected: "rejected"
            case .lines, .partial, .badLine: "mixed"
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
            let result = ResponseClasses.verdict(CurlError(kind: kind, message: ""))
            guard case .retry(let found, nil) = result else {
                Issue.record("\(kind): \(result)")
                continue
            }
            #expect(found.rawValue == reason)
        }
    }
}
