import Foundation
import TestSupport
import Testing

@testable import LogShipper

@Suite("Listing dead letters")
struct DeadLetterListingTests {
    private func prepare() throws -> (TemporaryDirectory, ShipperConfiguration) {
        let directory = try TemporaryDirectory("listing")
        var configuration = ShipperConfiguration(stateDirectory: directory.path)
        configuration.outputs = [.init(name: "loki", type: .loki, url: "http://127.0.0.1:1/")]
        func text(_ letters: [DeadLetter]) -> String {
            String(decoding: letters.flatMap { $0.encoded() }, as: UTF8.self)
        }
        let evening: Int64 = 1_764_529_445_250_000_000
        try directory.write(
            text((0..<5).map { DeadLetterTests.letter("line \($0)", at: Int64($0), time: evening + Int64($0)) }),
            to: "dead-letters.loki.jsonl.3")
        try directory.write(
            text([DeadLetterTests.letter("\u{1b}[2Jboo", tenant: "zeta", time: evening + 10)]) + "{\"torn",
            to: "dead-letters.loki.jsonl")
        try directory.write(text([DeadLetterTests.letter("old", time: 1)]), to: "dead-letters.gone.jsonl")
        return (directory, configuration)
    }

    @Test("the newest letters are shown and all are counted, also of outputs that are gone")
    func table() throws {
        let (directory, configuration) = try prepare()
        defer { withExtendedLifetime(directory) {} }
        let lines = try DeadLetterListing(configuration, .init(limit: 3)).lines
        #expect(lines.first?.hasPrefix("TIME") == true)
        #expect(lines.contains { $0.contains("2025-11-30T19:04:05.250Z") && $0.contains("zeta") })
        #expect(lines.contains("gone acme: 1 letters, 3 B"))
        #expect(lines.contains("loki acme: 5 letters, 30 B"))
        #expect(lines.contains("7 letters in 3 files, 3 shown"))
        #expect(lines.contains("1 lines are no whole letters and were skipped"))
        // Nothing in a letter may move the terminal's cursor.
        #expect(!lines.joined().unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test("an output, a tenant and a limit of 0")
    func filters() throws {
        let (directory, configuration) = try prepare()
        defer { withExtendedLifetime(directory) {} }
        let one = try DeadLetterListing(configuration, .init(output: "loki", tenant: "zeta", limit: 0)).lines
        #expect(one.first == "loki zeta: 1 letters, 7 B")
        #expect(throws: DeadLetterError.self) { try DeadLetterListing(configuration, .init(output: "../x")) }
        #expect(throws: DeadLetterError.self) { try DeadLetterListing(configuration, .init(output: "other")) }
    }

    @Test("the JSON form has the letters and the counts")
    func json() throws {
        let (directory, configuration) = try prepare()
        defer { withExtendedLifetime(directory) {} }
        let text = try DeadLetterListing(configuration, .init(limit: 2)).json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let letters = try #require(object["letters"] as? [[String: Any]])
        #expect(letters.count == 2)
        #expect(letters.last?["reason"] as? String == "bad\n\u{1}é")
        #expect(letters.last?["line"] as? String == "\u{1b}[2Jboo")
        #expect((object["counts"] as? [[String: Any]])?.count == 3)
        #expect(object["total"] as? Int == 7)
        #expect(object["skipped"] as? Int == 1)
    }
}
