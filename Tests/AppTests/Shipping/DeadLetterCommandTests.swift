import Foundation
import Locking
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

    @Test("letters that were given back are sent once their destination takes them, and refused ones are letters again")
    func replay() throws {
        let folder = try TemporaryDirectory("dlq")
        let isMended = Locked(false)
        let taken = Locked<[String]>([])
        let stub = try HTTPStub { request in
            let body = (try? gunzip(request.body)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let tenant = request.header("X-Tenant-Id") ?? ""
            if body.contains("poison") && !(isMended.withLock { $0 } && tenant == "acme") { return .status(400) }
            taken.withLock { $0 += body.split(separator: "\n").map { "\(tenant) \($0)" } }
            return .status(204)
        }
        defer { stub.stop() }
        var text = ""
        for tenant in ["acme", "zeta"] {
            for number in 0..<5 { text += "{\"tenant\":\"\(tenant)\",\"n\":\"poison \(number)\"}\n" }
        }
        try folder.write(text + "{\"tenant\":\"acme\",\"n\":\"fine\"}\n", to: "app.jsonl")
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: "\(stub.url)/logs")
        #expect(try eventually { try shipper.metrics().sum("shipper_dead_letters_total") == 10 })
        let rehearsed = try shipper.command(["dlq", "replay", "--output", "sink", "--dry-run"])
        #expect(rehearsed.output.contains("10 letters of sink would be given back"), "\(rehearsed.output)")
        // Not mended yet: all come back as letters, which still say where the lines first stood.
        #expect(try shipper.command(["dlq", "replay", "--output", "sink"]).status == 0)
        #expect(try eventually { try shipper.metrics().sum("shipper_dead_letters_total") == 20 })
        #expect(try eventually { try shipper.command(["dlq", "list"]).output.contains("10 letters in 1 files") })
        #expect(try shipper.command(["dlq", "list"]).output.contains("app.jsonl@"))
        isMended.withLock { $0 = true }
        let given = try shipper.command(["dlq", "replay", "--output", "sink", "--tenant", "acme"])
        #expect(given.output.contains("5 letters of sink given back"), "\(given.output)")
        #expect(eventually { taken.withLock { $0.count } == 6 })
        // The file goes once its letters are done, and nothing is sent again by a restart.
        #expect(
            try eventually { try !shipper.command(["dlq", "list"]).output.contains("not delivered yet") })
        #expect(try shipper.command(["dlq", "list"]).output.contains("zeta: 5 letters"))
        #expect(
            try eventually {
                let account = try shipper.account()
                return account.pending == 0 && account.settledOrPending == account.read
            })
        shipper.killNow()
        #expect(try shipper.command(["dlq", "replay", "--output", "sink", "--tenant", "zeta"]).status == 0)
        try shipper.startAgain()
        #expect(eventually { (try? shipper.metrics())?.sum("shipper_dead_letters_total") == 5 })
        let lines = taken.withLock { $0 }
        #expect(Set(lines).count == lines.count && lines.count == 6)
        #expect(lines.allSatisfy { $0.hasPrefix("acme ") })
    }

    @Test("the version is printed")
    func version() throws {
        let result = try Programs.run("log-shipper", ["--version"])
        #expect(result.status == 0)
        #expect(result.output.firstMatch(of: /^log-shipper \d+\.\d+\.\d+/) != nil)
    }
}
