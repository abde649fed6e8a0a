import Foundation
import TestSupport
import Testing

@Suite("The log-shipper's own files")
struct OwnFilesTests {
    @Test("case 80: its own messages and state within the globs are left out, so nothing feeds on itself")
    func feedback() throws {
        let folder = try TemporaryDirectory("own")
        let receiver = try LogReceiver()
        let port = try Loopback.freePort()
        let file = try folder.write(
            """
            state_dir: "\(folder.file("logs/state"))"
            ops: { listen: "127.0.0.1:\(port)" }
            inputs: [{ paths: ["\(folder.file("logs/**"))"] }]
            outputs: [{ name: a, type: ndjson, url: "\(receiver.url)", batch: { max_age: 10ms } }]

            """, to: "shipper.yaml")
        try folder.write("{\"tenant\":\"acme\",\"n\":1}\n", to: "logs/app.jsonl")
        let shipper = try ChildProcess(
            "/bin/sh",
            [
                "-c",
                "exec '\(try Programs.path("log-shipper"))' run --log-level debug --config '\(file)' "
                    + "2>> '\(folder.file("logs/own.jsonl"))'",
            ], environment: Programs.environment)
        #expect(eventually { receiver.distinctLines == 1 })
        try folder.write("{\"tenant\":\"acme\",\"n\":2}\n", to: "logs/more.jsonl")
        #expect(eventually { receiver.distinctLines == 2 })
        #expect(eventually { folder.text("logs/own.jsonl").contains("is within the globs and left out") })
        #expect(shipper.terminate() == 0)
        #expect(receiver.distinctLines == 2)
        #expect(receiver.arrivals.keys.allSatisfy { $0.contains("acme") })
    }

    @Test("case 79: a secret's file that is replaced is used by the next request, without a signal")
    func secret() throws {
        let folder = try TemporaryDirectory("secret")
        try folder.write("first\n", to: "password")
        let stub = try HTTPStub { _ in .status(204) }
        defer { stub.stop() }
        try folder.write("{\"tenant\":\"acme\"}\n", to: "app.jsonl")
        let shipper = try ShipperProcess(
            paths: [folder.file("*.jsonl")], url: stub.url,
            batch: "{ max_age: 10ms }\n    auth: { user: u, password_file: \"\(folder.file("password"))\" }")
        func used(_ password: String) -> Bool {
            let header = "Basic \(Data("u:\(password)".utf8).base64EncodedString())"
            return stub.requests.last?.header("Authorization") == header
        }
        #expect(eventually { used("first") })
        // As secrets are replaced: another file under the same name.
        try folder.write("second\n", to: "new")
        rename(folder.file("new"), folder.file("password"))
        var number = 0
        #expect(
            try eventually(every: 0.2) {
                number += 1
                try folder.write("{\"tenant\":\"acme\",\"n\":\(number)}\n", to: "more-\(number).jsonl")
                return used("second")
            })
        #expect(shipper.child.isRunning)
    }
}
