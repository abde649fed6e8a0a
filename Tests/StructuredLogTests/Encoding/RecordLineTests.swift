import Foundation
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct RecordLineTests {
    private func record(_ fields: [(key: String, value: LogValue)]) -> LogRecord {
        LogRecord(
            event: .app, level: .notice, message: "configuration loaded", logger: "control", fields: fields,
            timestampMicros: 1_787_315_696_000_000)
    }

    @Test func `an app line has message, logger and fields in the order of the contract`() {
        let line = Lines.record(
            record([("cells", .integer(2)), ("ratio", .number(0.5)), ("ok", .boolean(true)), ("file", .string("a\"b"))]
            ),
            sequence: 7)
        let expected =
            #"{"ts":"2026-08-21T12:34:56.000000Z","level":"notice","event":"app","message":"configuration loaded","#
            + #""logger":"control","fields":{"cells":2,"ratio":0.5,"ok":true,"file":"a\"b"},"#
            + #""run":"r1","loop":0,"seq":7}"#
        #expect(String(decoding: line, as: UTF8.self) == expected + "\n")
    }

    @Test func `an audit line can name the tenant, the request and the client`() {
        var audit = record([])
        audit.event = .audit
        audit.tenant = "acme"
        audit.requestID = "r-9"
        audit.client = "192.0.2.1"
        let text = String(decoding: Lines.record(audit), as: UTF8.self)
        #expect(text.contains(#""event":"audit","message":"configuration loaded","logger":"control","tenant":"acme","#))
        #expect(text.contains(#""request_id":"r-9","client":"192.0.2.1","run":"#))
    }

    @Test func `numbers that JSON cannot say become text`() throws {
        let line = Lines.record(record([("a", .number(.nan)), ("b", .number(.infinity)), ("c", .number(1e-300))]))
        let fields = try #require(try Lines.parse(line)["fields"] as? [String: Any])
        #expect(fields["a"] as? String == "nan")
        #expect(fields["b"] as? String == "inf")
        #expect(fields["c"] as? Double == 1e-300)
    }

    @Test func `secrets in fields are redacted at every depth`() throws {
        let inner = LogValue.object(["Authorization": .string("Bearer abc"), "path": .string("/x")])
        let line = Lines.record(record([("api_key", .string("k")), ("request", .array([inner]))]))
        let text = String(decoding: line, as: UTF8.self)
        #expect(text.contains(#""api_key":"[redacted]""#))
        #expect(text.contains(#""request":[{"Authorization":"[redacted]","path":"/x"}]"#))
        #expect(!text.contains("Bearer"))
    }

    @Test func `a deep value is cut and the line says so`() throws {
        var value = LogValue.string("deep")
        for _ in 0..<100 { value = .array([value]) }
        let line = Lines.record(record([("nested", value)]))
        #expect(try Lines.parse(line)["truncated"] as? Bool == true)
    }

    @Test func `any amount of fields stays within the longest line`() throws {
        let long = String(repeating: "\u{1}", count: 3000)
        let many = (0..<500).map { (key: "\(long)\($0)", value: LogValue.string(long)) }
        let nested = LogValue.array((0..<50_000).map { .integer(Int64($0)) })
        let wide = LogValue.object(Dictionary(uniqueKeysWithValues: many.map { ($0.key, $0.value) }))
        for fields in [many, [("list", nested)], [("wide", wide)], [("a", .array([wide, nested, wide]))]] {
            var big = record(fields)
            big.message = long
            big.logger = long
            big.tenant = long
            big.requestID = long
            big.client = long
            let line = Lines.record(big, sequence: .max)
            #expect(line.count <= LineLimits.lineBytes)
            #expect(try Lines.parse(line)["truncated"] as? Bool == true)
        }
    }
}
