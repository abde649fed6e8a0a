import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("NDJSON and VictoriaLogs")
struct JSONLinesTests {
    @Test("case 72: valid lines go out byte by byte as they were, each with its line feed")
    func untouched() {
        let unit = WireSamples.unit([#"{"a":1}"#, "plain", "grün"])
        let encoder = NDJSONEncoder()
        #expect(WireSamples.text(encoder, unit) == "{\"a\":1}\nplain\ngrün\n")
        let part = Unit(batch: unit.batch, lines: LineRanges(ascending: [0, 2]))
        #expect(WireSamples.text(encoder, part) == "{\"a\":1}\ngrün\n")
    }

    @Test("case 7: 0xC5 alone is still valid JSON on the wire, and counts one")
    func repaired() {
        let lines: [[UInt8]] = [Array(#"{"a":""#.utf8) + [0xc5] + Array(#""}"#.utf8), Array("{}".utf8)]
        for encoder in [NDJSONEncoder(), NDJSONEncoder(wrapsOthers: true)] {
            let text = WireSamples.text(encoder, Unit(whole: WireSamples.batch(lines)))
            #expect(text == "{\"a\":\"\u{fffd}\"}\n{}\n")
            #expect(encoder.repairedBytes == 1)
        }
    }

    @Test("with wrapping every line of a body is a JSON object")
    func wrapped() throws {
        var generator = SeededGenerator.forTest(seed: 650)
        let encoder = NDJSONEncoder(wrapsOthers: true)
        #expect(
            WireSamples.text(encoder, WireSamples.unit(["a\"b", "1", "{}"]))
                == "{\"message\":\"a\\\"b\"}\n{\"message\":\"1\"}\n{}\n")
        for _ in 0..<60 {
            let lines = (0..<generator.int(1...20)).map { _ in WireSamples.randomLine(&generator) }
            let parts = encoder.encode(Unit(whole: WireSamples.batch(lines))).split(separator: 0x0a)
            #expect(parts.count == lines.count)
            for (line, part) in zip(lines, parts) where !part.elementsEqual(line) {
                #expect((try? WireSamples.json(part)) is [String: Any])
            }
        }
    }

    private func victoria(_ change: (inout ShipperConfiguration.VictoriaLogsOptions) -> Void) -> VictoriaLogsEncoder {
        var options = ShipperConfiguration.VictoriaLogsOptions()
        change(&options)
        return VictoriaLogsEncoder(options, timeFields: ["ts"])
    }

    @Test("VictoriaLogs: what it would skip in silence is wrapped: no object, or a time that cannot be read")
    func victoriaLines() {
        let encoder = victoria { $0.messageField = "_msg" }
        let text = WireSamples.text(
            encoder, WireSamples.unit([#"{"ts":"2025-11-24T16:00:00Z"}"#, #"{"ts":"noon"}"#, "x", "{}"]))
        let wrapped = #"{"ts":"2025-11-24T16:00:00.123456789Z","_msg":""#
        #expect(
            text == "{\"ts\":\"2025-11-24T16:00:00Z\"}\n" + wrapped + #"{\"ts\":\"noon\"}"}"# + "\n" + wrapped
                + "x\"}\n{}\n")
    }

    @Test("VictoriaLogs: the length that counts is the one in the request: wrapped, escaped or repaired")
    func longWhenWrapped() throws {
        let fits = String(repeating: "x", count: 200)
        let escapes = String(repeating: "\u{1b}", count: 100)
        let broken: [UInt8] = Array("{\"a\":\"".utf8) + [UInt8](repeating: 0xff, count: 150) + Array("\"}".utf8)
        let encoder = victoria { $0.maxLineBytes = 300 }
        let unit = LogShipper.Unit(
            whole: WireSamples.batch([Array(fits.utf8), Array(escapes.utf8), broken, Array("{\"b\":1}".utf8)]))
        let lines = WireSamples.text(encoder, unit).split(separator: "\n")
        #expect(lines.count == 2 && lines.allSatisfy { $0.utf8.count <= 300 })
        #expect(encoder.repairedBytes == 0)
        let refused = Verdict.LineFate.rejected(status: 413, reason: "longer than max_line_bytes, 300")
        #expect(
            encoder.verdict(HTTPResponse(status: 200), for: unit, nowWallNanos: 0)
                == .lines([.delivered, refused, refused, .delivered]))
        // The longest that is sent, and one byte more.
        for count in 200..<260 {
            let unit = WireSamples.unit([String(repeating: "x", count: count)])
            let isSent = WireSamples.text(encoder, unit) != "\n"
            let verdict = encoder.verdict(HTTPResponse(status: 200), for: unit, nowWallNanos: 0)
            #expect(verdict == (isSent ? .delivered : .lines([refused])))
        }
    }

    @Test("VictoriaLogs: a line that it would skip for its length is not sent and is a dead letter")
    func victoriaLong() {
        let encoder = victoria { $0.maxLineBytes = 10 }
        let unit = WireSamples.unit(["{}", "{\"a\":\"0123456789\"}", "{ }"])
        #expect(WireSamples.text(encoder, unit).split(separator: "\n").count == 2)
        func verdict(_ unit: LogShipper.Unit, _ status: Int) -> Verdict {
            encoder.verdict(HTTPResponse(status: status), for: unit, nowWallNanos: 0)
        }
        #expect(
            verdict(unit, 204)
                == .lines([.delivered, .rejected(status: 413, reason: "longer than max_line_bytes, 10"), .delivered]))
        #expect(verdict(unit, 503) == .retry(reason: .serverError, afterNanos: nil))
        #expect(verdict(WireSamples.unit(["{}"]), 200) == .delivered)
        #expect(WireSamples.text(encoder, WireSamples.unit(["{\"a\":\"0123456789\"}"])) == "\n")
    }

    @Test("the account is the tenant's own where it is one, else from the list, else the default")
    func accounts() {
        let encoder = victoria {
            $0.account = "5:6"
            $0.accounts = ["acme": "7:8"]
            $0.streamFields = ["a", "b"]
            $0.extraFields = [("tenant", "{tenant}")]
        }
        func header(_ name: String, _ tenant: String) -> String? {
            encoder.headers(tenant: tenant).first { $0.name == name }?.value
        }
        #expect(header("AccountID", "acme") == "7" && header("ProjectID", "acme") == "8")
        #expect(header("AccountID", "other") == "5" && header("ProjectID", "other") == "6")
        #expect(header("AccountID", "12") == "12" && header("ProjectID", "12") == "0")
        #expect(header("AccountID", "99999999999") == "5")
        #expect(header("VL-Time-Field", "acme") == "ts" && header("VL-Msg-Field", "acme") == "message")
        #expect(header("VL-Stream-Fields", "acme") == "a,b" && header("VL-Extra-Fields", "acme") == "tenant=acme")
        #expect(header("VL-Ignore-Fields", "acme") == nil)
        #expect(AccountPair("1:2") == AccountPair(account: 1, project: 2))
        for text in ["", ":", "1:", ":1", "1:2:3", "-1", "1: 2", "4294967296"] { #expect(AccountPair(text) == nil) }
    }
}
