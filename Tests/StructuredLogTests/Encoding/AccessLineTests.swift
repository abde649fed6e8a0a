import Foundation
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct AccessLineTests {
    private static let contractOrder = [
        "ts", "level", "event", "message", "tenant", "tenant_source", "request_id", "trace_id", "span_id", "client",
        "method",
        "path", "query", "cell", "upstream", "attempts", "status", "error_code", "request_bytes", "response_bytes",
        "duration_us", "upstream_us", "user_agent", "truncated", "run", "loop", "seq",
    ]

    private func full() -> AccessEntry {
        var entry = AccessEntry(timestampMicros: 1_787_315_696_123_456)
        entry.message = AccessEntry.bytes("the cell closed the connection")
        entry.tenant = AccessEntry.bytes("acme")
        entry.tenantSource = .header
        entry.requestID = AccessEntry.bytes("req-1")
        entry.traceID = AccessEntry.bytes("4bf92f3577b34da6a3ce929d0e0e4736")
        entry.spanID = AccessEntry.bytes("00f067aa0ba902b7")
        entry.client = AccessEntry.bytes("192.0.2.7")
        entry.method = AccessEntry.bytes("GET")
        entry.path = AccessEntry.bytes("/api/v1/erp/orders")
        entry.query = AccessEntry.bytes("page=2&token=abc&other=1")
        entry.cell = AccessEntry.bytes("erp")
        entry.upstream = AccessEntry.bytes("127.0.0.1:9001")
        entry.attempts = 2
        entry.status = 502
        entry.errorCode = AccessEntry.bytes("UPSTREAM_UNAVAILABLE")
        entry.requestBytes = 12
        entry.responseBytes = 345
        entry.durationMicros = 6789
        entry.upstreamMicros = 6500
        entry.userAgent = AccessEntry.bytes("curl/8.5.0")
        return entry
    }

    @Test func `a full line has the keys of the contract in their order`() {
        let line = Lines.access(full(), sequence: 42, queries: QueryPolicy(allowed: ["page", "token"]))
        let expected =
            #"{"ts":"2026-08-21T12:34:56.123456Z","level":"info","event":"access","#
            + #""message":"the cell closed the connection","tenant":"acme","#
            + #""tenant_source":"header","request_id":"req-1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","#
            + #""span_id":"00f067aa0ba902b7","client":"192.0.2.7","method":"GET","path":"/api/v1/erp/orders","#
            + #""query":"page=2&token=[redacted]","cell":"erp","upstream":"127.0.0.1:9001","attempts":2,"#
            + #""status":502,"error_code":"UPSTREAM_UNAVAILABLE","request_bytes":12,"response_bytes":345,"#
            + #""duration_us":6789,"upstream_us":6500,"user_agent":"curl/8.5.0","run":"r1","loop":3,"seq":42}"#
        #expect(String(decoding: line, as: UTF8.self) == expected + "\n")
    }

    @Test func `keys that are not known are left out`() {
        var entry = AccessEntry(timestampMicros: 0)
        entry.level = .error
        entry.event = .error
        entry.requestBytes = -1
        entry.responseBytes = -1
        let expected =
            #"{"ts":"1970-01-01T00:00:00.000000Z","level":"error","event":"error","run":"r1","loop":3,"seq":1}"#
        #expect(String(decoding: Lines.access(entry), as: UTF8.self) == expected + "\n")
    }

    @Test func `long values are cut and the line says so right before the run`() throws {
        let agent = [UInt8](repeating: UInt8(ascii: "a"), count: LineLimits.userAgentBytes + 1)
        let path = Array("/".utf8) + Array(String(repeating: "€", count: LineLimits.pathBytes).utf8)
        let line = withEntry(path: path, userAgent: agent) { Lines.access($0) }
        let object = try Lines.parse(line)
        #expect((object["user_agent"] as? String)?.utf8.count == LineLimits.userAgentBytes)
        let cut = try #require(object["path"] as? String)
        #expect(cut.utf8.count <= LineLimits.pathBytes && cut.utf8.count > LineLimits.pathBytes - 4)
        #expect(!cut.contains("\u{FFFD}"))
        #expect(String(decoding: line, as: UTF8.self).contains(#","truncated":true,"run":"r1","loop":3,"#))
    }

    @Test func `values of the full length are not cut`() throws {
        let agent = [UInt8](repeating: UInt8(ascii: "a"), count: LineLimits.userAgentBytes)
        let line = withEntry(userAgent: agent) { Lines.access($0) }
        #expect(try Lines.parse(line)["truncated"] == nil)
    }

    @Test func `control characters, quotes and ANSI sequences stay inside one line`() throws {
        let hostile = Array("a\r\n\"b\\\u{1B}[31m\u{0}\u{7F}\u{2028}".utf8)
        let line = withEntry(tenant: hostile, path: hostile, userAgent: hostile) { Lines.access($0) }
        for key in ["tenant", "path", "user_agent"] {
            #expect(try Lines.text(key, of: line) == String(decoding: hostile, as: UTF8.self))
        }
    }

    @Test func `random bytes of random lengths give one valid line within the computed worst case`() throws {
        var random = SeededGenerator.forTest(seed: 14)
        func bytes(_ limit: Int) -> [UInt8] {
            let count = random.int(0...limit)
            let isHostile = random.oneIn(2)
            return (0..<count).map { _ in isHostile ? UInt8(random.int(0...31)) : UInt8(random.int(0...255)) }
        }
        let queries = QueryPolicy(allowed: ["a", "token"])
        for _ in 0..<200 {
            let query = Array("token=1&a=".utf8) + bytes(2000)
            let line = withEntry(tenant: bytes(300), path: bytes(5000), query: query, userAgent: bytes(600)) { plain in
                var entry = plain
                entry.requestBytes = .max
                entry.responseBytes = .max
                entry.durationMicros = .max
                entry.upstreamMicros = .max
                entry.status = .max
                entry.attempts = .max
                entry.tenantSource = .rejected
                return Lines.access(entry, sequence: .max, queries: queries)
            }
            let object = try Lines.parse(line)
            #expect(Set(object.keys).isSubset(of: AccessLineTests.contractOrder))
        }
    }

    @Test(.enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.absence)))
    func `every naughty string gives one valid line that says the same`() throws {
        let data = Data(try Conformance.bytes("http/blns/blns.json"))
        let strings = try #require(try JSONSerialization.jsonObject(with: data) as? [String])
        #expect(strings.count >= 500)
        for string in strings {
            let bytes = Array(string.utf8)
            let query = Array("q=".utf8) + bytes
            let line = withEntry(tenant: bytes, path: bytes, query: query, userAgent: bytes) {
                Lines.access($0, queries: QueryPolicy(allowed: ["q"]))
            }
            let object = try Lines.parse(line)
            if bytes.count <= 128 {
                #expect(object["path"] as? String ?? "" == string)
                #expect(object["tenant"] as? String ?? "" == string)
                #expect(object["truncated"] == nil)
            }
            let record = Lines.record(
                LogRecord(event: .app, level: .info, message: string, logger: string, fields: [("x", .string(string))]))
            #expect(try Lines.text("message", of: record) != nil)
        }
    }
}
