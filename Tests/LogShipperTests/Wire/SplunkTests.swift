import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("Splunk")
struct SplunkTests {
    private func encoder() -> SplunkEncoder {
        var options = ShipperConfiguration.SplunkOptions()
        options.metadata = [("sourcetype", "_json"), ("index", "logs_{tenant}")]
        options.fields = [("tenant", "{tenant}")]
        return SplunkEncoder(options, timeFields: ["ts"])
    }

    @Test("events one after another, with their time, and a string for what is no object")
    func events() {
        let text = WireSamples.text(encoder(), WireSamples.unit([#"{"ts":"2025-11-24T16:00:00.5Z","a":[1]}"#, "x\"y"]))
        let head = #"{"sourcetype":"_json","index":"logs_acme","fields":{"tenant":"acme"},"time":"#
        #expect(
            text == head + #"1764000000.500000000,"event":{"ts":"2025-11-24T16:00:00.5Z","a":[1]}}"# + "\n"
                + head + #"1764000000.123456789,"event":"x\"y"}"# + "\n")
    }

    @Test("random lines: each event is read by Foundation")
    func random() throws {
        var generator = SeededGenerator.forTest(seed: 640)
        let encoder = encoder()
        for _ in 0..<60 {
            let lines = (0..<generator.int(1...20)).map { _ in WireSamples.randomLine(&generator) }
            let events = encoder.encode(Unit(whole: WireSamples.batch(lines))).split(separator: 0x0a)
            #expect(events.count == lines.count)
            for (line, event) in zip(lines, events) where (try? WireSamples.json(line)) is [String: Any] {
                let object = try #require(try WireSamples.json(event) as? [String: Any])
                #expect(object["event"] is [String: Any])
            }
        }
    }

    private func verdict(_ status: Int, _ body: String) -> Verdict {
        SplunkResponse.verdict(
            HTTPResponse(status: status, body: Array(body.utf8)), lineCount: 3, .splunk, nowWallNanos: 0)
    }

    @Test("only code 0 of a 200 is success; case 66: a page or a cut answer is not")
    func success() {
        #expect(verdict(200, #"{"text":"Success","code":0}"#) == .delivered)
        for body in ["", "<html>", #"{"text":"Success","co"#, #"{"code":9}"#, "[]"] {
            #expect(verdict(200, body) == .retry(reason: .broken, afterNanos: nil), "\(body)")
        }
    }

    @Test("a 400 that names the bad event refuses that one alone; one that blames index or channel waits")
    func refusals() {
        let body = #"{"text":"Invalid data format","code":6,"invalid-event-number":1}"#
        #expect(verdict(400, body) == .badLine(1, status: 400, reason: body))
        #expect(verdict(400, #"{"code":12}"#) == .rejected(status: 400, reason: #"{"code":12}"#))
        #expect(
            verdict(400, #"{"code":6,"invalid-event-number":9}"#)
                == .rejected(status: 400, reason: #"{"code":6,"invalid-event-number":9}"#))
        for code in [7, 10, 11, 14, 16] {
            #expect(verdict(400, #"{"code":\#(code)}"#) == .retry(reason: .misconfigured, afterNanos: nil))
        }
        #expect(verdict(403, #"{"code":4}"#) == .retry(reason: .unauthorized, afterNanos: nil))
        #expect(verdict(503, #"{"code":9}"#) == .retry(reason: .serverError, afterNanos: nil))
    }
}
