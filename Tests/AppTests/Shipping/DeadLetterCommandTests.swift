import Foundation
import TestSupport
import Testing

@Suite("log-shipper dlq")
struct DeadLetterCommandTests {
    /// Refuses bodies that hold the word poison.
    private static func poisonStub() throws -> HTTPStub {
        try HTTPStub { request in
            let body = (try? gunzip(request.body)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return body.contains("poison") ? .status(400) : .status(204)
        }
    }

    @Test("a refused line is listed with its tenant, place, status and text")
    func list() throws {
        let folder = try TemporaryDirectory("dlq")
        let stub = try Self.poisonStub()
        defer { stub.stop() }
        try folder.write(
            "{\"tenant\":\"acme\",\"n\":1}\n{\"tenant\":\"acme\",\"n\":\"poison\"}\n", to: "app.jsonl")
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: "\(stub.url)/logs")
        #expect(try eventually { try shipper.metrics().sum("shipper_dead_letters_total") == 1 })
        let listed = try shipper.command(["dlq", "list"])
        #expect(listed.status == 0, "\(listed.error)")
        for text in ["acme", "app.jsonl@24", "400", "poison", "1 letters in 1 files"] {
            #expect(listed.output.contains(text), "\(listed.output)")
        }
        let json = try shipper.command(["dlq", "list", "--json", "--tenant", "nobody"])
        #expect(json.output.hasPrefix(#"{"letters":[],"counts":[],"total":0"#), "\(json.output)")
        #expect(try shipper.command(["dlq", "list", "--output", "other"]).status == 2)
    }

    @Test("the version is printed")
    func version() throws {
        let result = try Programs.run("log-shipper", ["--version"])
        #expect(result.status == 0)
        #expect(result.output.firstMatch(of: /^log-shipper \d+\.\d+\.\d+/) != nil)
    }
}
