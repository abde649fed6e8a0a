import Foundation
import Logging
import TestSupport
import Testing

@testable import StructuredLog

@Suite struct StructuredLogHandlerTests {
    private struct Failure: Error {}

    private func logged(_ body: (Logger) -> Void) throws -> [[String: Any]] {
        let directory = try TemporaryDirectory()
        let sink = try LogSink(path: directory.file("app.jsonl"), rings: 0)
        body(Logger(label: "gateway.control", factory: StructuredLogHandler.factory(sink: sink)))
        #expect(sink.close())
        return try splitLines(directory.text("app.jsonl")).map { try Lines.parse(Array(($0 + "\n").utf8)) }
    }

    @Test func `a message becomes an app line with its metadata in fields`() throws {
        let lines = try logged { logger in
            var logger = logger
            logger[metadataKey: "cell"] = "erp"
            logger.warning("upstream down", metadata: ["attempts": .stringConvertible(3), "cell": "crm"])
        }
        let line = try #require(lines.first)
        #expect(line["event"] as? String == "app")
        #expect(line["level"] as? String == "warning")
        #expect(line["message"] as? String == "upstream down")
        #expect(line["logger"] as? String == "gateway.control")
        #expect(line["loop"] as? Int == 0)
        let fields = try #require(line["fields"] as? [String: Any])
        #expect(fields["attempts"] as? Int == 3)
        #expect(fields["cell"] as? String == "crm")
    }

    @Test func `levels below the handler's are not written`() throws {
        let lines = try logged { logger in
            logger.debug("quiet")
            logger.info("loud")
        }
        #expect(lines.map { $0["message"] as? String } == ["loud"])
        #expect(lines.first?["fields"] == nil)
    }

    @Test func `nested metadata keeps its kinds and secrets are redacted`() throws {
        let lines = try logged { logger in
            logger.info(
                "request",
                metadata: [
                    "headers": ["Cookie": "a=b", "host": "x"], "list": ["a", .stringConvertible(true)],
                    "big": .stringConvertible(UInt64.max), "ratio": .stringConvertible(0.25),
                ])
        }
        let fields = try #require(lines.first?["fields"] as? [String: Any])
        let headers = try #require(fields["headers"] as? [String: String])
        #expect(headers == ["Cookie": "[redacted]", "host": "x"])
        #expect((fields["list"] as? [Any])?.last as? Bool == true)
        #expect(fields["big"] as? String == "18446744073709551615")
        #expect(fields["ratio"] as? Double == 0.25)
    }

    @Test func `endless nesting is cut`() throws {
        var value = Logger.MetadataValue.string("deep")
        for _ in 0..<2000 { value = ["a": value] }
        let lines = try logged { $0.info("deep", metadata: ["value": value]) }
        #expect(lines.first?["truncated"] as? Bool == true)
    }

    @Test func `an error stands in fields`() throws {
        let lines = try logged { $0.error("reload failed", error: Failure()) }
        #expect((lines.first?["fields"] as? [String: Any])?["error"] as? String == "Failure()")
    }
}
