import Foundation
import GatewayMetrics
import TestSupport
import Testing

@testable import LogShipper

@Suite("Records of several lines")
struct RecordCaseTests {
    private static let trace = "2026-01-02 boom\n\tat a.b(C.java:1)\n\n\tat d.e(F.java:2)\nCaused by: x"

    private func harness(
        _ change: @escaping (inout ShipperConfiguration.Multiline) -> Void = { _ in },
        type: ShipperConfiguration.OutputType = .loki
    ) throws -> ReaderHarness {
        try ReaderHarness {
            var rule = ShipperConfiguration.Multiline(start: "^\\d{4}-\\d\\d-\\d\\d ")
            rule.timeoutNanos = 3_500_000_000
            change(&rule)
            $0.inputs[0].multiline = rule
            $0.outputs[0].type = type
        }
    }

    @Test("a stack trace is one record, joined by line feeds; the next start or the timeout ends it")
    func joining() throws {
        let harness = try harness()
        harness.append("\(Self.trace)\r\n2026-01-02 next\n", to: "a.log")
        harness.step()
        #expect(harness.lines == [Self.trace])
        harness.append("\tmore of next\n\n", to: "a.log")
        harness.step()
        #expect(harness.lines == [Self.trace])
        harness.settle()
        #expect(harness.lines == [Self.trace, "2026-01-02 next\n\tmore of next"])
        #expect(harness.reader.metrics.oddLines.bind(["joined"]).value == 2)
        #expect(harness.reader.files.values.first?.front == harness.reader.files.values.first?.seenEnd)
    }

    @Test("a record in pieces of any size is the same, also with a restart between them", arguments: [1, 3, 17, 1000])
    func pieces(_ size: Int) throws {
        let harness = try harness()
        let records = (0..<5).map { "2026-01-0\($0 + 1) record\n\tline \($0)\n\tend" }
        let bytes = Array(records.map { $0 + "\n" }.joined().utf8)
        for (number, start) in stride(from: 0, to: bytes.count, by: size).enumerated() {
            harness.append(Array(bytes[start..<min(bytes.count, start + size)]), to: "a.log")
            if number % 3 == 0 {
                harness.step()
                harness.acknowledgeAll()
                // The clock stands still, as far as the timeout goes.
                harness.now -= 2_000_000_000
            }
            if number % 10 == 9 {
                harness.reader.checkpoint()
                try harness.killAndRestart()
            }
        }
        harness.settle()
        #expect(harness.lines == records)
    }

    @Test("limits of lines and bytes end a record, and what follows begins the next one")
    func limits() throws {
        let byLines = try harness { $0.maxLines = 3 }
        byLines.append("2026-01-02 a\n1\n2\n3\n4\n5\n6\n", to: "a.log")
        byLines.settle()
        #expect(byLines.lines == ["2026-01-02 a\n1\n2", "3\n4\n5", "6"])
        let byBytes = try harness { $0.maxBytes = 1024 }
        let line = String(repeating: "x", count: 499)
        byBytes.append("2026-01-02 a\n\(line)\n\(line)\n\(line)\n", to: "a.log")
        byBytes.settle()
        #expect(byBytes.lines.count == 2)
        #expect(byBytes.lines.joined(separator: "\n") == "2026-01-02 a\n\(line)\n\(line)\n\(line)")
        #expect(byBytes.lines.allSatisfy { $0.utf8.count <= 1024 })
    }

    @Test("case 44: a record that rotation cuts is two records, never joined with a wrong neighbour")
    func rotation() throws {
        let harness = try harness()
        harness.append("2026-01-02 old\n\tone\n\thal", to: "a.log")
        harness.step()
        try harness.rename("a.log", "a.log.1")
        harness.append("f\n\tline\n2026-01-02 new\n", to: "a.log")
        harness.settle()
        #expect(harness.lines.sorted() == ["2026-01-02 new", "2026-01-02 old\n\tone\n\thal", "f\n\tline"])
    }

    @Test(
        "for outputs that write lines as they are a record is one JSON object; JSON over several lines becomes one line"
    )
    func wrapping() throws {
        let harness = try harness(type: .ndjson)
        harness.append("2026-01-02 a \"quoted\"\n\ttab\n2026-01-02 single\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["{\"message\":\"2026-01-02 a \\\"quoted\\\"\\n\\ttab\"}", "2026-01-02 single"])
        let json = try self.harness({ $0.start = "^\\{" }, type: .ndjson)
        json.append("{\n  \"tenant\": \"t\",\n  \"n\": 1\n}\n{\"tenant\": \"u\"}\n", to: "a.log")
        json.settle()
        #expect(json.lines == ["{   \"tenant\": \"t\",   \"n\": 1 }", "{\"tenant\": \"u\"}"])
        #expect(json.delivered.map(\.tenant) == ["t", "u"])
    }

    @Test("a tenant that is behind gets the same records as the others got")
    func behind() throws {
        let harness = try ReaderHarness {
            $0.inputs[0].multiline = ShipperConfiguration.Multiline(start: "^\\{")
            $0.outputs[0].type = .loki
        }
        func record(_ number: Int) -> String { "{\"tenant\":\"t\(number % 2)\",\"n\":\(number),\n\"more\":1}\n" }
        harness.append(record(0) + record(1), to: "a.log")
        harness.settle()
        harness.fail("t0", true)
        for number in 2..<40 {
            harness.append(record(number), to: "a.log")
            if number % 7 == 0 { harness.settle() }
        }
        harness.settle()
        harness.reader.checkpoint()
        try harness.killAndRestart()
        harness.settle()
        let first = harness.delivered.filter { $0.tenant == "t0" }.map(\.line)
        #expect(first == stride(from: 0, to: 40, by: 2).map { "{\"tenant\":\"t0\",\"n\":\($0), \"more\":1}" })
        #expect(harness.delivered.count == 40)
    }

    @Test("a line that is too long is none of a record's")
    func longLine() throws {
        let harness = try ReaderHarness {
            $0.inputs[0].multiline = ShipperConfiguration.Multiline(start: "^S")
            $0.inputs[0].maxLineBytes = 1024
            $0.outputs[0].type = .loki
        }
        let long = String(repeating: "x", count: 2_000_000)
        harness.append("S1\na\n\(long)\nb\nS2\n", to: "a.log")
        harness.settle()
        #expect(harness.lines == ["S1\na", "b", "S2"])
        #expect(harness.reader.metrics.oddLines.bind(["too_long"]).value == 1)
    }
}
