import Foundation
import TestSupport
import Testing

@Suite("Bad configuration and surroundings, of every program")
struct BadConfigurationTests {
    /// A program's command, a broken file, the line and column of the fault, and a word that must be in the message.
    struct Broken: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var text: String
        var place: String
        var word: String

        /// A check has found something (1); a program that cannot start calls its input unreadable (2).
        var status: Int32 { arguments[1] == "check" ? 1 : 2 }

        var testDescription: String { "\(arguments.joined(separator: " ")): \(word)" }
    }

    static let broken = [
        Broken(
            arguments: ["gateway", "run", "--config"], text: "listen: 127.0.0.1:0\ncels: []\n", place: "2:1",
            word: "cels"),
        Broken(
            arguments: ["gateway", "check", "--config"],
            text: "cells:\n  - { name: erp, upstreams: [\"ftp://x\"] }\n", place: "2:", word: "ftp"),
        Broken(
            arguments: ["gateway", "check", "--config"], text: "tenancy: { required: maybe }\n", place: "1:22",
            word: "maybe"),
        Broken(
            arguments: ["log-shipper", "run", "--config"],
            text: "state_dir: /tmp\ninputs: [{ path: x }]\noutputs: []\n", place: "2:", word: "path"),
        Broken(
            arguments: ["log-shipper", "check", "--config"],
            text: "state_dir: /tmp\ninputs: [{ paths: [\"/x\"] }]\noutputs:\n  - { name: a, type: pigeon, url: x }\n",
            place: "4:", word: "pigeon"),
        Broken(
            arguments: ["alert-rules", "check"],
            text: "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: sum(rate(x[5m])\n",
            place: "5:", word: "sum(rate(x[5m])"),
    ]

    @Test("a fault in a file ends the program with its place and its text on standard error", arguments: broken)
    func brokenFiles(_ broken: Broken) throws {
        let folder = try TemporaryDirectory("broken")
        let file = try folder.write(broken.text, to: "broken.yaml")
        let outcome = try Programs.run(broken.arguments[0], broken.arguments.dropFirst() + [file])
        #expect(outcome.status == broken.status, "\(outcome.output)\(outcome.error)")
        let text = outcome.output + outcome.error
        #expect(text.contains("broken.yaml:\(broken.place)"), "\(text)")
        #expect(text.contains(broken.word), "\(text)")
    }

    @Test(
        "a file that can't be read ends every program with status 2 and its name",
        arguments: [
            ["gateway", "run", "--config"], ["gateway", "check", "--config"], ["log-shipper", "run", "--config"],
            ["log-shipper", "check", "--config"], ["alert-rules", "check"],
        ])
    func unreadable(_ arguments: [String]) throws {
        let folder = try TemporaryDirectory("unreadable")
        for path in [folder.file("absent.yaml"), folder.path] {
            let outcome = try Programs.run(arguments[0], arguments.dropFirst() + [path])
            #expect(outcome.status == 2, "\(outcome.output)\(outcome.error)")
            #expect(outcome.error.contains(path), "\(outcome.error)")
        }
    }

    @Test("a taken port ends the gateway and the log-shipper with a message that names it")
    func takenPort() throws {
        let taken = try HTTPStub { _ in .status(200) }
        defer { taken.stop() }
        let folder = try TemporaryDirectory("taken")
        let gateway = try folder.write(
            """
            listen: 127.0.0.1:\(taken.port)
            ops: { listen: 127.0.0.1:0 }
            access_log: { path: "\(folder.file("access.jsonl"))" }

            """, to: "gateway.yaml")
        let shipper = try folder.write(
            """
            state_dir: "\(folder.file("state"))"
            ops: { listen: 127.0.0.1:\(taken.port) }
            inputs: [{ paths: ["\(folder.file("*.jsonl"))"] }]
            outputs: [{ name: sink, type: ndjson, url: "http://127.0.0.1:9/" }]

            """, to: "shipper.yaml")
        for (program, file) in [("gateway", gateway), ("log-shipper", shipper)] {
            let outcome = try Programs.run(program, ["run", "--config", file])
            #expect(outcome.status == 1 || outcome.status == 2, "\(program): \(outcome)")
            #expect(outcome.error.contains("\(taken.port)"), "\(program): \(outcome.error)")
        }
    }

    @Test("check prints the effective configuration of a good file, without its secrets")
    func effectiveConfiguration() throws {
        let folder = try TemporaryDirectory("good")
        let file = try folder.write(GatewayProcess.cells(["erp": 9_001]), to: "gateway.yaml")
        let outcome = try Programs.run(
            "gateway", ["check", "--config", file],
            environment: ["GATEWAY_REQUIRE_TENANT_ID": "yes", "GATEWAY_ADMIN_TOKEN": "hunter2"])
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.contains("http://127.0.0.1:9001") && outcome.output.contains("required: true"))
        #expect(!outcome.output.contains("hunter2") && !outcome.error.contains("hunter2"))
    }

    @Test(
        "wrong usage is status 2",
        arguments: [["gateway", "--nonsense"], ["log-shipper", "run"], ["alert-rules", "query"]])
    func wrongUsage(_ arguments: [String]) throws {
        let outcome = try Programs.run(arguments[0], Array(arguments.dropFirst()))
        #expect(outcome.status == 2, "\(outcome.status ?? -1): \(outcome.error)")
        #expect(!outcome.error.isEmpty)
    }
}
