import CCodecs
import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("Loki")
struct LokiTests {
    private func fields(_ metadata: [(name: String, value: String)] = []) -> LokiFields {
        LokiFields(
            labels: [("job", "gatehouse"), ("tenant", "{tenant}")], metadata: metadata, timeFields: ["ts", "time"])
    }

    @Test("JSON: one stream, nanoseconds as text, structured metadata where a line has it")
    func json() {
        let unit = WireSamples.unit([
            #"{"ts":"2025-11-24T16:00:00.5Z","id":"a\"b","n":7}"#, #"{"time":1764000001}"#, "plain", "plain",
        ])
        let text = WireSamples.text(LokiEncoder(fields([("request_id", "id"), ("n", "n")])), unit)
        #expect(
            text == #"{"streams":[{"stream":{"job":"gatehouse","tenant":"acme"},"values":["#
                + #"["1764000000500000000","{\"ts\":\"2025-11-24T16:00:00.5Z\",\"id\":\"a\\\"b\",\"n\":7}","#
                + #"{"request_id":"a\"b","n":"7"}],"#
                + #"["1764000001000000000","{\"time\":1764000001}"],"#
                + #"["1764000000123456791","plain"],["1764000000123456792","plain"]]}]}"#)
    }

    @Test("case 69: a repeated part of a batch has the times that it had in the whole")
    func times() throws {
        let whole = WireSamples.unit((0..<20).map { _ in "same" })
        let encoder = LokiEncoder(fields())
        func entries(_ unit: Unit) throws -> [String] {
            let body = try #require(try WireSamples.json(encoder.encode(unit)) as? [String: [[String: Any]]])
            let values = try #require(body["streams"]?[0]["values"] as? [[String]])
            return values.map { $0[0] }
        }
        let all = try entries(whole)
        #expect(Set(all).count == 20)
        #expect(try entries(Unit(batch: whole.batch, lines: LineRanges(ascending: [2, 19]))) == [all[2], all[19]])
    }

    @Test("random lines: every entry's text is the line, repaired")
    func random() throws {
        var generator = SeededGenerator.forTest(seed: 620)
        let encoder = LokiEncoder(fields([("level", "level"), ("a", "a")]))
        for _ in 0..<60 {
            let lines = (0..<generator.int(1...30)).map { _ in WireSamples.randomLine(&generator) }
            let body = try #require(
                try WireSamples.json(encoder.encode(Unit(whole: WireSamples.batch(lines))))
                    as? [String: [[String: Any]]])
            let values = try #require(body["streams"]?[0]["values"] as? [[Any]])
            #expect(values.count == lines.count)
            for (line, value) in zip(lines, values) where String(validating: line, as: UTF8.self) != nil {
                #expect((value[1] as? String).map { Array($0.utf8) } == line)
            }
        }
    }

    @Test("protobuf: an independent reader finds labels, times, lines and metadata")
    func protobuf() throws {
        let long = String(repeating: "x", count: 20_000)
        let unit = WireSamples.unit([#"{"ts":"2025-11-24T16:00:00.5Z","id":"r"}"#, "plain", long, "grün"])
        let encoder = LokiProtobufEncoder(fields([("request_id", "id")]))
        let request = WireReader.read(encoder.encode(unit))
        #expect(request.count == 1 && request[0].field == 1)
        let stream = WireReader.read(request[0].bytes)
        #expect(String(decoding: stream[0].bytes, as: UTF8.self) == #"{job="gatehouse", tenant="acme"}"#)
        let entries = stream.dropFirst().map { WireReader.read($0.bytes) }
        #expect(stream.dropFirst().allSatisfy { $0.field == 2 })
        #expect(
            entries.map { String(decoding: $0[1].bytes, as: UTF8.self) }
                == [#"{"ts":"2025-11-24T16:00:00.5Z","id":"r"}"#, "plain", long, "grün"])
        let times = entries.map { WireReader.read($0[0].bytes).map(\.number) }
        #expect(times[0] == [1_764_000_000, 500_000_000])
        #expect(times[1] == [1_764_000_000, 123_456_790])
        #expect(entries[0].count == 3 && entries[1].count == 2)
        let metadata = WireReader.read(entries[0][2].bytes).map { String(decoding: $0.bytes, as: UTF8.self) }
        #expect(metadata == ["request_id", "r"])
    }

    private let now: Int64 = 1_764_000_000_000_000_000

    private func verdict(_ body: String, status: Int = 400) -> Verdict {
        let unit = WireSamples.unit([
            #"{"ts":"2025-11-24T14:00:00Z"}"#, #"{"ts":"2025-11-24T15:59:59Z"}"#, #"{"ts":"2025-11-24T16:00:00Z"}"#,
            #"{"ts":"2025-11-24T16:00:01Z","long":"\#(String(repeating: "x", count: 100))"}"#,
        ])
        return LokiEncoder(fields()).verdict(
            HTTPResponse(status: status, body: Array(body.utf8)), for: unit, nowWallNanos: now)
    }

    private func fates(_ body: String) -> [String] {
        guard case .lines(let fates) = verdict(body) else { return ["\(verdict(body))"] }
        return fates.map { fate in
            switch fate {
            case .delivered: "delivered"
            case .retry: "retry"
            case .rejected(let status, _): "\(status)"
            }
        }
    }

    private func ignored(_ count: Int, of total: Int) -> String {
        """
        entry with timestamp 2025-11-24 14:00:00 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: \
        2025-11-24T14:00:00Z, oldest acceptable timestamp is: 2025-11-24T15:00:00Z',
        user 'acme', total ignored: \(count) out of \(total) for stream: {job="gatehouse"}
        """
    }

    @Test("case 68: of a 400 \"too far behind\" only the lines before the cutoff are refused, the rest is delivered")
    func tooFarBehind() {
        #expect(fates(ignored(1, of: 4)) == ["400", "delivered", "delivered", "delivered"])
    }

    @Test("case 68: where another refusal may hide behind it, the rest is sent once more, which Loki recognises")
    func hidden() {
        #expect(fates(ignored(1, of: 3)) == ["400", "retry", "retry", "retry"])
        #expect(fates(ignored(2, of: 4)) == ["400", "retry", "retry", "retry"])
        #expect(
            fates("Max entry size '80' bytes exceeded for stream '{}' while adding an entry with length '130' bytes")
                == ["retry", "retry", "retry", "400"])
        #expect(
            fates(
                "entry for stream '{}' has timestamp too old: 2025-11-24T14:00:00Z, oldest acceptable timestamp is: "
                    + "2025-11-24T15:59:59Z") == ["400", "400", "retry", "retry"])
    }

    @Test("a 400 that does not tell its lines is for the bisection, and 260 is no success")
    func others() {
        for body in [
            "", "at least one label pair is required", "entry out of order",
            ignored(1, of: 4).replacing("15:00", with: "13:00"),
        ] {
            guard case .rejected(400, _) = verdict(body) else {
                Issue.record("\(body): \(verdict(body))")
                continue
            }
        }
        #expect(verdict("", status: 204) == .delivered)
        #expect(verdict("blocked", status: 260) == .retry(reason: .misconfigured, afterNanos: nil))
        #expect(verdict("", status: 429) == .retry(reason: .throttled, afterNanos: nil))
    }
}
