import CurlHTTP
import TestSupport
import Testing

@testable import LogShipper

@Suite("Elasticsearch")
struct ElasticsearchTests {
    private func encoder(
        _ options: ShipperConfiguration.ElasticsearchOptions = .init(), timeFields: [String] = ["ts"]
    ) -> ElasticsearchEncoder {
        ElasticsearchEncoder(options, timeFields: timeFields) { UInt64($0) << 32 | 0xabc }
    }

    private func pairs(_ body: String) throws -> [(id: String, document: [String: Any])] {
        #expect(body.hasSuffix("\n"))
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return try stride(from: 0, to: lines.count, by: 2).map { index in
            let action = try #require(try WireSamples.json(lines[index].utf8) as? [String: [String: String]])
            let create = try #require(action["create"])
            #expect(create.count == 1)
            return (
                try #require(create["_id"]), try #require(try WireSamples.json(lines[index + 1].utf8) as? [String: Any])
            )
        }
    }

    @Test("a line that is an object is the document, with its time as @timestamp where it has none")
    func documents() throws {
        let unit = WireSamples.unit([
            #"{"ts":"2025-11-24T16:00:00.5Z","a":1}"#, #"{"@timestamp":"x","a":2}"#, "{}", #" {"ts":1764000000}"#,
            #"{"ts":"2025-11-24 16:00:00Z"}"#,
        ])
        let found = try pairs(WireSamples.text(encoder(), unit))
        #expect(
            found.map { $0.document["@timestamp"] as? String } == [
                "2025-11-24T16:00:00.5Z", "x", "2025-11-24T16:00:00.123456789Z", "2025-11-24T16:00:00.000000000Z",
                "2025-11-24T16:00:00.000000000Z",
            ])
        #expect(found[0].document["a"] as? Int == 1)
        #expect(found[2].document.count == 1)
    }

    @Test("any other line is the message of a document")
    func wrapped() throws {
        let unit = WireSamples.unit(["plain \"text\"\u{1}", "[1]", #"{"a":1} x"#])
        let found = try pairs(WireSamples.text(encoder(), unit))
        #expect(found.map { $0.document["message"] as? String } == ["plain \"text\"\u{1}", "[1]", #"{"a":1} x"#])
        #expect(found.allSatisfy { $0.document["@timestamp"] as? String == "2025-11-24T16:00:00.123456789Z" })
    }

    @Test("case 69: a repeated part of a batch has the same ids and times, and no two lines have the same id")
    func identifiers() throws {
        let lines = (0..<100).map { "line \($0 % 7)" }
        let whole = WireSamples.unit(lines)
        let encoder = encoder()
        let all = try pairs(WireSamples.text(encoder, whole)).map(\.id)
        #expect(Set(all).count == 100)
        let part = Unit(batch: whole.batch, lines: LineRanges(ascending: [3, 4, 50, 99]))
        let text = WireSamples.text(encoder, part)
        #expect(try pairs(text).map(\.id) == [all[3], all[4], all[50], all[99]])
        #expect(text == WireSamples.text(encoder, part))
    }

    @Test("the address names index, filter and pipeline, for a tenant in lower case and without its own slashes")
    func address() {
        var options = ShipperConfiguration.ElasticsearchOptions()
        options.index = "logs-{tenant}"
        options.filterPath = ""
        #expect(encoder(options).url("http://es:9200/", tenant: "ACME.x") == "http://es:9200/logs-acme.x/_bulk")
        options.pipeline = "a b&c"
        options.filterPath = "errors,items.*.status"
        #expect(
            encoder(options).url("http://es:9200/_bulk", tenant: "t?/#")
                == "http://es:9200/logs-t%3F%2F%23/_bulk?filter_path=errors%2Citems.%2A.status&pipeline=a%20b%26c")
    }

    @Test("random lines make documents that Foundation reads, one for each line")
    func random() throws {
        var generator = SeededGenerator.forTest(seed: 610)
        let encoder = encoder()
        for _ in 0..<60 {
            let lines = (0..<generator.int(1...30)).map { _ in WireSamples.randomLine(&generator) }
            let body = Array(encoder.encode(Unit(whole: WireSamples.batch(lines))))
            #expect(String(validating: body, as: UTF8.self) != nil)
            let parts = body.split(separator: 0x0a, omittingEmptySubsequences: false)
            #expect(parts.count == lines.count * 2 + 1)
            for (line, document) in zip(lines, stride(from: 1, to: parts.count, by: 2).map { parts[$0] }) {
                // Foundation refuses lone surrogates and some numbers, which the grammar allows.
                if (try? WireSamples.json(line)) == nil, !document.contains(Array("\"message\":".utf8)) { continue }
                #expect(
                    (try? WireSamples.json(document)) is [String: Any], "\(String(decoding: document, as: UTF8.self))")
            }
        }
    }

    private func verdict(_ status: Int, _ body: String, lines: Int = 4) -> Verdict {
        let unit = WireSamples.unit((0..<lines).map { "line \($0)" })
        return encoder().verdict(
            HTTPResponse(status: status, body: Array(body.utf8)), for: unit, nowWallNanos: 0)
    }

    @Test("case 65: of 201, 409, 429 and 400 in one answer only the 429 is repeated, the 400 is a dead letter")
    func items() {
        let body = """
            {"took":3,"errors":true,"items":[{"create":{"_index":"i","status":201}},{"create":{"status":409,"error":{}}},
            {"create":{"status":429,"error":{"type":"es_rejected_execution_exception"}}},
            {"create":{"status":400,"error":{"type":"mapper_parsing_exception","reason":"no \\"x\\""}}}]}
            """
        #expect(
            verdict(200, body)
                == .lines([
                    .delivered, .delivered, .retry,
                    .rejected(status: 400, reason: #"{"type":"mapper_parsing_exception","reason":"no \"x\""}"#),
                ]))
    }

    @Test("an answer without errors is success, with or without its items")
    func success() {
        #expect(verdict(200, #"{"errors":false}"#) == .delivered)
        #expect(
            verdict(200, #"{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":200}}]}"#, lines: 2)
                == .delivered)
        #expect(verdict(200, #"{"errors":true,"items":[{"create":{"status":409}}]}"#, lines: 1) == .delivered)
    }

    @Test(
        "case 66: a 200 with a cut body, with HTML or with too few items is not success",
        arguments: [
            "", "<html>ok</html>", "{}", #"{"errors":false"#, #"{"errors":true,"items":[]}"#,
            #"{"items":[{"create":{}}]}"#,
            #"{"took":1}"#, "null", #"{"errors":false,"items":[{"create":{"status":"x"}}]}"#,
            #"{"items":[{"create":{"status":201}},{"create":{"status":201}},{"create":{"status":201}},{"create":{"st"#,
        ])
    func broken(_ body: String) {
        switch verdict(200, body) {
        case .retry(reason: .broken, _): break
        case .lines(let fates): #expect(fates == [.delivered, .delivered, .delivered, .retry])
        default: Issue.record("\(body): \(verdict(200, body))")
        }
    }

    @Test(
        "items that nobody can help by cutting the batch make it wait: 401, 403, 404, 429, 503",
        arguments: [
            (401, Verdict.RetryReason.unauthorized), (403, .unauthorized), (404, .misconfigured), (429, .throttled),
            (503, .serverError),
        ])
    func waiting(_ status: Int, _ reason: Verdict.RetryReason) {
        let items = [String](repeating: #"{"create":{"status":\#(status)}}"#, count: 4).joined(separator: ",")
        #expect(verdict(200, #"{"errors":true,"items":[\#(items)]}"#) == .retry(reason: reason, afterNanos: nil))
    }

    @Test("whole answers: 400 and 413 blame the lines, 429 and 503 wait, more items than lines are no answer")
    func statuses() {
        #expect(verdict(400, "bad") == .rejected(status: 400, reason: "bad"))
        #expect(verdict(413, "") == .rejected(status: 413, reason: ""))
        #expect(verdict(429, "") == .retry(reason: .throttled, afterNanos: nil))
        #expect(verdict(503, "") == .retry(reason: .serverError, afterNanos: nil))
        #expect(verdict(201, #"{"errors":false}"#) == .retry(reason: .misconfigured, afterNanos: nil))
        let items = [String](repeating: #"{"create":{"status":400}}"#, count: 9).joined(separator: ",")
        #expect(
            verdict(200, #"{"errors":true,"items":[\#(items)]}"#, lines: 2)
                == .lines([.rejected(status: 400, reason: ""), .rejected(status: 400, reason: "")]))
    }

    @Test("random damage to an answer never traps and never loses or invents a line")
    func damage() {
        var generator = SeededGenerator.forTest(seed: 611)
        let items = (0..<20).map {
            #"{"create":{"status":\#([201, 409, 429, 400][$0 % 4]),"error":{"a":[1,"\u00e9"]}}}"#
        }
        let whole = Array(#"{"took":1,"errors":true,"items":[\#(items.joined(separator: ","))]}"#.utf8)
        for _ in 0..<2000 {
            var body = Array(whole.prefix(generator.int(0...whole.count)))
            for _ in 0..<generator.int(0...3) where !body.isEmpty {
                body[generator.int(0...(body.count - 1))] = UInt8(truncatingIfNeeded: generator.next())
            }
            if case .lines(let fates) = ElasticsearchResponse(body, lineCount: 20).verdict(
                lineCount: 20, afterNanos: nil)
            {
                #expect(fates.count == 20)
            }
        }
    }
}
