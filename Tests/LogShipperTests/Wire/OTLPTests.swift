import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("OTLP")
struct OTLPTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let line =
        #"{"ts":"2025-11-24T16:00:00.5Z","level":"WARN","trace_id":"\#(trace)","span_id":"b7ad6b7169203331","#
        + #""n":7,"r":1.5,"ok":true,"none":null,"s":"é\n"}"#

    private func fields(_ change: (inout ShipperConfiguration.OTLPOptions) -> Void = { _ in }) -> OTLPFields {
        var options = ShipperConfiguration.OTLPOptions()
        options.attributes = ["n", "r", "ok", "none", "s", "gone"].map { ($0, $0) }
        change(&options)
        return OTLPFields(options, timeFields: ["ts"])
    }

    private func records(_ encoder: OTLPJSONEncoder, _ unit: Unit) throws -> [[String: Any]] {
        let body = try #require(try WireSamples.json(encoder.encode(unit)) as? [String: [[String: Any]]])
        let scopes = try #require(body["resourceLogs"]?[0]["scopeLogs"] as? [[String: Any]])
        return try #require(scopes[0]["logRecords"] as? [[String: Any]])
    }

    @Test("JSON: lowerCamelCase, 64-bit numbers as text, the severity's number, ids as they are, typed attributes")
    func json() throws {
        let encoder = OTLPJSONEncoder(fields())
        let record = try records(encoder, WireSamples.unit([Self.line]))[0]
        #expect(record["timeUnixNano"] as? String == "1764000000500000000")
        #expect(record["severityNumber"] as? Int == 13)
        #expect(record["severityText"] as? String == "WARN")
        #expect(record["traceId"] as? String == Self.trace)
        #expect(record["spanId"] as? String == "b7ad6b7169203331")
        #expect((record["body"] as? [String: String])?["stringValue"] == Self.line)
        let attributes = try #require(record["attributes"] as? [[String: Any]])
        #expect(attributes.map { $0["key"] as? String } == ["n", "r", "ok", "s"])
        let values = attributes.compactMap { $0["value"] as? [String: Any] }
        #expect(values[0]["intValue"] as? String == "7")
        #expect(values[1]["doubleValue"] as? Double == 1.5)
        #expect(values[2]["boolValue"] as? Bool == true)
        #expect(values[3]["stringValue"] as? String == "é\n")
        let text = WireSamples.text(encoder, WireSamples.unit([Self.line]))
        #expect(
            text.hasPrefix(
                #"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gatehouse"}},"#
                    + #"{"key":"tenant","value":{"stringValue":"acme"}}]},"scopeLogs":[{"scope":{"name":"log-shipper"},"#
            ))
    }

    @Test("a line without time has the batch's as the observed one, and wrong ids are left out")
    func bare() throws {
        let unit = WireSamples.unit([
            "plain", #"{"trace_id":"00000000000000000000000000000000","span_id":"xyz","level":"odd"}"#,
        ])
        let found = try records(OTLPJSONEncoder(fields { $0.attributes = [] }), unit)
        #expect(found[0].keys.sorted() == ["body", "observedTimeUnixNano"])
        #expect(found[0]["observedTimeUnixNano"] as? String == "1764000000123456789")
        #expect(found[1].keys.sorted() == ["body", "observedTimeUnixNano", "severityText"])
    }

    @Test("the body may be a field of the line")
    func body() throws {
        let unit = WireSamples.unit([#"{"m":"a\"b"}"#, #"{"m":null}"#])
        let found = try records(OTLPJSONEncoder(fields { $0.bodyField = "m" }), unit)
        #expect(found.map { ($0["body"] as? [String: String])?["stringValue"] } == ["a\"b", #"{"m":null}"#])
    }

    @Test("protobuf: an independent reader finds the same")
    func protobuf() throws {
        let encoder = OTLPProtobufEncoder(fields())
        let request = WireReader.read(encoder.encode(WireSamples.unit([Self.line, "plain"])))
        #expect(request.count == 1 && request[0].field == 1)
        let resourceLogs = WireReader.read(request[0].bytes)
        #expect(resourceLogs.map(\.field) == [1, 2])
        let attributes = WireReader.read(resourceLogs[0].bytes).map { pair($0.bytes) }
        #expect(attributes.map(\.0) == ["service.name", "tenant"])
        #expect(attributes.map { String(decoding: $0.1.bytes, as: UTF8.self) } == ["gatehouse", "acme"])
        let scopeLogs = WireReader.read(resourceLogs[1].bytes)
        #expect(scopeLogs.map(\.field) == [1, 2, 2])
        #expect(
            WireReader.read(scopeLogs[0].bytes).map { String(decoding: $0.bytes, as: UTF8.self) } == ["log-shipper"])
        let record = WireReader.read(scopeLogs[1].bytes)
        #expect(record.map(\.field) == [1, 2, 3, 5, 6, 6, 6, 6, 9, 10])
        #expect(record[0].type == 1 && record[0].number == 1_764_000_000_500_000_000)
        #expect(record[1].number == 13)
        #expect(String(decoding: WireReader.read(record[3].bytes)[0].bytes, as: UTF8.self) == Self.line)
        let values = record[4..<8].map { pair($0.bytes) }
        #expect(values.map(\.0) == ["n", "r", "ok", "s"])
        #expect(values.map(\.1.field) == [3, 4, 2, 1])
        #expect(values[0].1.number == 7 && values[1].1.number == (1.5).bitPattern && values[2].1.number == 1)
        #expect(
            record[8].bytes == [
                0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd, 0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c,
            ])
        #expect(record[9].bytes.count == 8)
        let bare = WireReader.read(scopeLogs[2].bytes)
        #expect(bare.map(\.field) == [11, 5])
        #expect(bare[0].number == 1_764_000_000_123_456_789)
    }

    private func pair(_ bytes: [UInt8]) -> (String, WireReader.Field) {
        let fields = WireReader.read(bytes)
        return (String(decoding: fields[0].bytes, as: UTF8.self), WireReader.read(fields[1].bytes)[0])
    }

    @Test("random lines: both encodings hold the same bodies")
    func random() throws {
        var generator = SeededGenerator.forTest(seed: 630)
        let json = OTLPJSONEncoder(fields())
        let protobuf = OTLPProtobufEncoder(fields())
        for _ in 0..<60 {
            let lines = (0..<generator.int(1...30)).map { _ in WireSamples.randomLine(&generator) }
            let unit = Unit(whole: WireSamples.batch(lines))
            let left = try records(json, unit).map { ($0["body"] as? [String: String])?["stringValue"] ?? "" }
            let scopes = WireReader.read(WireReader.read(WireReader.read(protobuf.encode(unit))[0].bytes)[1].bytes)
            let right = scopes.dropFirst().map { record in
                let body = WireReader.read(record.bytes).first { $0.field == 5 }
                return String(decoding: WireReader.read(body?.bytes ?? [])[0].bytes, as: UTF8.self)
            }
            #expect(left.map { Array($0.utf8) } == right.map { Array($0.utf8) })
            #expect(json.repairedBytes == protobuf.repairedBytes)
        }
    }

    private func verdict(_ status: Int, _ body: [UInt8] = [], type: String? = nil) -> Verdict {
        let headers = type.map { [(name: "Content-Type", value: $0)] } ?? []
        return OTLPResponse.verdict(
            HTTPResponse(status: status, headers: headers, body: body), lineCount: 5, .otlp, nowWallNanos: 0)
    }

    @Test("case 67: rejectedLogRecords, as a number or as text, is no retry and counts; in protobuf too")
    func partial() {
        for count in ["3", "\"3\""] {
            let body = Array(#"{"partialSuccess":{"rejectedLogRecords":\#(count),"errorMessage":"too old"}}"#.utf8)
            #expect(
                verdict(200, body, type: "application/json; charset=utf-8") == .partial(rejected: 3, reason: "too old"))
        }
        let body: [UInt8] = [0x0a, 5, 0x08, 3, 0x12, 1, 0x78]
        #expect(verdict(200, body, type: "application/x-protobuf") == .partial(rejected: 3, reason: "x"))
        let many = Array(#"{"partialSuccess":{"rejectedLogRecords":"99"}}"#.utf8)
        #expect(verdict(200, many, type: "application/json") == .partial(rejected: 5, reason: ""))
    }

    @Test("of an answer that is longer than what is read of one, the beginning counts: such a one is not sent again")
    func cut() {
        var json = Array(#"{"partialSuccess":{"rejectedLogRecords":2,"errorMessage":""#.utf8)
        json += [UInt8](repeating: 0x78, count: 100)
        let protobuf: [UInt8] = [0x0a, 0xff, 0x7f, 0x08, 2, 0x12, 0xf0, 0x7f] + [UInt8](repeating: 0x78, count: 100)
        for (body, type) in [(json, "application/json"), (protobuf, "application/x-protobuf")] {
            var response = HTTPResponse(status: 200, headers: [(name: "Content-Type", value: type)], body: body)
            response.isBodyTruncated = true
            let verdict = OTLPResponse.verdict(response, lineCount: 5, .otlp, nowWallNanos: 0)
            guard case .partial(rejected: 2, _) = verdict else {
                Issue.record("\(type): \(verdict)")
                continue
            }
        }
    }

    @Test("an empty answer, an empty object and a warning are success")
    func success() {
        #expect(verdict(200) == .delivered)
        #expect(verdict(200, Array("{}".utf8), type: "application/json") == .delivered)
        #expect(
            verdict(200, Array(#"{"partialSuccess":{"errorMessage":"w"}}"#.utf8), type: "application/json")
                == .delivered)
        #expect(verdict(200, Array("ok".utf8), type: "text/plain") == .delivered)
    }

    @Test("case 66: a page or a cut answer is not success")
    func broken() {
        for (body, type) in [
            ("<html>", "text/html"), ("{\"partialSuccess\":{\"rejected", "application/json"),
            ("\u{a}\u{7f}", "application/x-protobuf"),
        ] {
            #expect(verdict(200, Array(body.utf8), type: type) == .retry(reason: .broken, afterNanos: nil))
        }
    }

    @Test("only 429, 502, 503 and 504 are sent again; another server error is a dead letter for each line")
    func statuses() {
        for status in [502, 503, 504] { #expect(verdict(status) == .retry(reason: .serverError, afterNanos: nil)) }
        #expect(verdict(429) == .retry(reason: .throttled, afterNanos: nil))
        for status in [500, 501, 505, 599] {
            #expect(
                verdict(status)
                    == .lines([Verdict.LineFate](repeating: .rejected(status: status, reason: ""), count: 5)))
        }
        #expect(verdict(400) == .rejected(status: 400, reason: ""))
        #expect(verdict(413) == .rejected(status: 413, reason: ""))
        #expect(verdict(401) == .retry(reason: .unauthorized, afterNanos: nil))
    }
}
