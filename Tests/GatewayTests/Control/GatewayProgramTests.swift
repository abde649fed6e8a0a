import CurlHTTP
import Foundation
import Locking
import StrictYAML
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// A whole gateway in this process, on ports the system chose.
private final class RunningProgram: Sendable {
    let folder: TemporaryDirectory
    let program: GatewayProgram

    private let said = Said()

    private final class Said: Sendable {
        let lines = Locked([String]())
    }

    /// What the operator at the terminal has been told.
    var complaints: [String] { said.lines.withLock { $0 } }

    init(
        _ yaml: String = "", drain: String = "deadline: 1s", files: [String: String] = [:], state: String? = nil,
        in folder: TemporaryDirectory? = nil
    ) throws {
        let folder = try folder ?? TemporaryDirectory("program")
        self.folder = folder
        for (name, text) in files { _ = try folder.write(text, to: name) }
        let path = try folder.write(Self.yaml(yaml, folder, drain: drain), to: "gateway.yaml")
        var inputs = ProgramInputs(path: path, environment: [:], stateDirectory: state.map { folder.file($0) })
        let said = said
        inputs.complain = { line in said.lines.withLock { $0.append(line) } }
        program = try GatewayProgram.start(inputs)
    }

    static func yaml(_ rest: String, _ folder: TemporaryDirectory, drain: String = "deadline: 1s") -> String {
        """
        listen: 127.0.0.1:0
        loops: 2
        ops: { listen: "127.0.0.1:0" }
        access_log: { path: "\(folder.file("access.jsonl"))" }
        drain: { \(drain) }
        \(rest.replacing("FOLDER", with: folder.path))

        """
    }

    func rewrite(_ yaml: String) throws {
        _ = try folder.write(Self.yaml(yaml, folder), to: "gateway.yaml")
    }

    func get(_ path: String, at address: SocketEndpoint? = nil, method: String = "GET") throws -> HTTPResponse {
        let request = HTTPRequest(method: method, url: "http://\(address ?? program.opsAddress)\(path)")
        return try CurlClient().perform(request)
    }
}

@Suite struct GatewayProgramTests {
    @Test func `it starts, proxies, tells of itself and drains`() async throws {
        let cell = try HTTPStub { _ in .status(200, body: Array("hello".utf8)) }
        defer { cell.stop() }
        let running = try RunningProgram("cells: [{ name: erp, upstreams: [\"\(cell.url)\"] }]")
        #expect(try running.get("/readyz").status == 200)
        let answer = try running.get("/api/v1/erp/x", at: running.program.dataAddress)
        #expect(String(decoding: answer.body, as: UTF8.self) == "hello")
        let metrics = String(decoding: try running.get("/metrics").body, as: UTF8.self)
        #expect(metrics.contains("gateway_config_last_reload_successful 1\n"))
        #expect(metrics.contains("gateway_build_info{version=\"\(gatewayVersion)\"} 1\n"))
        #expect(try running.get("/nope").status == 404)
        await running.program.drain()
        #expect(throws: CurlError.self) { try running.get("/livez") }
        #expect(running.folder.text("access.jsonl").contains("\"message\":\"gateway stopped\""))
    }

    @Test func `a reload takes new cells and names what needs a restart`() async throws {
        let cell = try HTTPStub { _ in .status(200) }
        defer { cell.stop() }
        let running = try RunningProgram()
        let path = "/api/v1/crm/x"
        #expect(try running.get(path, at: running.program.dataAddress).status == 404)
        try running.rewrite(
            "cells: [{ name: crm, upstreams: [\"\(cell.url)\"] }]\nlimits: { fields: 50, connections: 77 }")
        let outcome = ReloadOutcome(applied: ["limits.fields", "cells"], needsRestart: ["limits.connections"])
        #expect(running.program.reload() == .success(outcome))
        #expect(try eventually { try running.get(path, at: running.program.dataAddress).status == 200 })
        #expect(running.program.reload() == .success(ReloadOutcome(needsRestart: ["limits.connections"])))
        let ready = String(decoding: try running.get("/readyz").body, as: UTF8.self)
        #expect(ready.contains("a restart is needed for limits.connections"), "\(ready)")
        await running.program.drain()
    }

    @Test func `it states at the start what its metrics can cost`() async throws {
        let running = try RunningProgram()
        await running.program.drain()
        let line = running.folder.text("access.jsonl").split(separator: "\n").first { $0.contains("metrics bounded") }
        for key in ["series", "memory_bytes", "page_bytes", "held_page_bytes"] {
            #expect(line?.contains("\"\(key)\":\"") == true && line?.contains("\"\(key)\":\"none\"") == false, "\(key)")
        }
    }

    @Test func `a wrong file leaves the old configuration in force`() async throws {
        let running = try RunningProgram()
        try running.rewrite("lisen: x")
        let response = try running.get("/api/reload", method: "POST")
        #expect(response.status == 500)
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(text.contains("gateway.yaml:6:1: unknown key 'lisen'; did you mean 'listen'?"))
        let metrics = String(decoding: try running.get("/metrics").body, as: UTF8.self)
        #expect(metrics.contains("gateway_config_last_reload_successful 0\n"))
        #expect(metrics.contains("gateway_config_source_up{source=\"file\"} 0\n"))
        #expect(running.complaints.count == 1)
        #expect(running.complaints.first?.hasPrefix("the old configuration stays in force: ") == true)
        try running.rewrite("")
        #expect(running.program.reload() == .success(ReloadOutcome()))
        await running.program.drain()
    }

    @Test func `the last good configuration is kept in a folder that is made, and its use is said`() async throws {
        let first = try RunningProgram("limits: { fields: 50 }", state: "state")
        await first.program.drain()
        #expect(first.folder.text("state/gateway.last-good.yaml").contains("fields: 50"))
        let second = try RunningProgram("limits: { fields: many }", state: "state", in: first.folder)
        #expect(second.complaints.count == 2)
        #expect(second.complaints.first?.contains("limits.fields") == true, "\(second.complaints)")
        #expect(second.complaints.last?.hasSuffix("/state/gateway.last-good.yaml") == true, "\(second.complaints)")
        await second.program.drain()
        #expect(first.folder.text("state/gateway.last-good.yaml").contains("fields: 50"))
    }

    @Test func `a start whose files are broken says that the last good configuration is no help`() async throws {
        let rules = "groups: [{ name: g, rules: [{ alert: Up, expr: up == 1 }] }]"
        let yaml = "rules: { files: [\"FOLDER/rules.yaml\"] }"
        let first = try RunningProgram(yaml, files: ["rules.yaml": rules], state: "state")
        await first.program.drain()
        let error = try #require(throws: StartError.self) {
            _ = try RunningProgram(yaml, files: ["rules.yaml": "groups: 7"], state: "state", in: first.folder)
        }
        #expect(error.description.contains("\nthe last good configuration is no help either: "), "\(error)")
    }

    @Test func `a drain that is announced first takes new connections until it begins`() async throws {
        let running = try RunningProgram(drain: "delay: 2s")
        let program = running.program
        let draining = Task { await program.drain() }
        // The drain needs a thread of the pool, which a wait that blocks would take.
        while try running.get("/readyz").status != 503 { await Task.yield() }
        #expect(try running.get("/api/v1/erp/x", at: program.dataAddress).status == 404)
        #expect(try running.get("/readyz").status == 503)
        await draining.value
        #expect(throws: CurlError.self) { try running.get("/api/v1/erp/x", at: program.dataAddress) }
    }

    @Test func `a change of the file while it is read is not missed`() async throws {
        let folder = try TemporaryDirectory("changing")
        @Sendable func text(_ fields: Int) -> String { "reload: { watch: true }\nlimits: { fields: \(fields) }\n" }
        let inputs = ProgramInputs(path: try folder.write(text(20), to: "gateway.yaml"), environment: [:])
        let isDone = Atomic(false)
        let thread = Thread {
            for fields in 21..<10_000 where !isDone.load(ordering: .relaxed) {
                _ = try? folder.write(text(fields), to: "next.yaml")
                _ = rename(folder.file("next.yaml"), folder.file("gateway.yaml"))
                usleep(UInt32(fields % 7) * 7_000)
            }
        }
        thread.start()
        var comparisons = 0
        for _ in 0..<100 {
            let loaded = try inputs.load()
            let before = folder.text("gateway.yaml")
            let files = WatchedFiles(paths: inputs.watchedFiles(loaded.configuration)).fingerprint
            // What the next look will compare is still so: then this must be what has been read.
            guard files == loaded.watchedFiles, folder.text("gateway.yaml") == before else { continue }
            #expect(before == text(loaded.configuration.dataPlane.limits.fields))
            comparisons += 1
        }
        isDone.store(true, ordering: .relaxed)
        #expect(comparisons > 0)
    }

    @Test func `rules are evaluated live and replaced by a reload`() async throws {
        let rules = "groups: [{ name: g, rules: [{ alert: Up, expr: up == 1 }] }]"
        let running = try RunningProgram(
            "rules: { files: [\"FOLDER/rules.yaml\"], interval: 100ms, retention: 1m }", files: ["rules.yaml": rules])
        let hasFired = try eventually {
            String(decoding: try running.get("/api/alerts").body, as: UTF8.self).contains("\"state\":\"firing\"")
        }
        #expect(hasFired)
        _ = try running.folder.write(rules.replacing("Up", with: "Other"), to: "rules.yaml")
        _ = running.program.reload()
        let isReplaced = try eventually {
            String(decoding: try running.get("/api/alerts").body, as: UTF8.self).contains("\"alertname\":\"Other\"")
        }
        #expect(isReplaced)
        await running.program.drain()
    }

    @Test func `a taken port is one clear error, for both listeners`() async throws {
        let running = try RunningProgram()
        let taken = running.program.dataAddress
        for (variable, key) in [("GATEWAY_LISTEN", "listen"), ("GATEWAY_OPS_LISTEN", "ops.listen")] {
            var environment = [
                "GATEWAY_LISTEN": "127.0.0.1:0", "GATEWAY_OPS_LISTEN": "127.0.0.1:0",
                "GATEWAY_ACCESS_LOG": running.folder.file("other.jsonl"), "GATEWAY_LOOPS": "2",
            ]
            environment[variable] = taken.description
            let inputs = ProgramInputs(path: nil, environment: environment)
            let error = try #require(throws: StartError.self) { _ = try GatewayProgram.start(inputs) }
            #expect(error.description == "\(key): cannot listen on \(taken): the port is in use by another program")
        }
        await running.program.drain()
    }

    @Test(arguments: [
        (["GATEWAY_ACCESS_LOG": "/no/such/folder/a.jsonl"], "access_log.path: log file /no/such/folder/a.jsonl: "),
        (
            ["GATEWAY_ADMIN_TOKEN_FILE": "/no/token"],
            "GATEWAY_ADMIN_TOKEN_FILE: admin.token_file: /no/token: no such file"
        ),
        (
            ["GATEWAY_RULES_FILES": "/no/rules.yaml"],
            "GATEWAY_RULES_FILES: rules.files: /no/rules.yaml: cannot read the file: no such file"
        ),
        (["GATEWAY_LOOPS": "many"], "GATEWAY_LOOPS: expected a whole number, found 'many'"),
    ])
    func `what cannot be read ends the start with one line`(environment: [String: String], message: String) throws {
        let inputs = ProgramInputs(path: nil, environment: environment)
        let error = try #require(throws: StartError.self) { _ = try GatewayProgram.start(inputs) }
        #expect(error.description.hasPrefix(message))
    }
}

@Suite struct ConfigurationCheckTests {
    @Test func `a good configuration is printed`() throws {
        let check = ConfigurationCheck.run(path: nil, environment: ["GATEWAY_ADMIN_TOKEN": "hunter2"])
        let none = ["cells: none, and no governance: every request will be UNKNOWN_CELL"]
        guard case .fine(let effective, let warnings) = check, warnings == none else {
            Issue.record("\(check)")
            return
        }
        #expect(effective.hasPrefix("listen: 0.0.0.0:8080\n") && !effective.contains("hunter2"))
        #expect(check.exitCode == 0)
    }

    @Test func `rule files are checked too`() throws {
        let folder = try TemporaryDirectory("check")
        let rules = try folder.write("groups: [{ name: g, rules: [{ alert: A, expr: 'sum(' }] }]", to: "r.yaml")
        let check = ConfigurationCheck.run(path: nil, environment: ["GATEWAY_RULES_FILES": rules])
        guard case .wrong(let problems) = check else {
            Issue.record("\(check)")
            return
        }
        #expect(problems.count == 1 && problems.first?.hasPrefix("\(rules):1:") == true)
        #expect(check.exitCode == 1)
    }

    @Test(arguments: [
        ("admin: { token_file: /no/token }", ":2:22: admin.token_file: /no/token: no such file"),
        ("rules: { files: [/no/rules.yaml] }", ":2:17: rules.files: /no/rules.yaml: cannot read the file: "),
        (
            "tls: { certificates: [{ chain: /no/chain.pem, key: /no/key.pem }] }",
            ":2:22: tls.certificates: /no/chain.pem: "
        ),
        (
            "cells: [{ name: erp, upstreams: [\"https://127.0.0.1:1\"], tls: { authorities: /no/ca.pem } }]",
            ":2:9: cells[0]: tls: /no/ca.pem: "
        ),
        ("access_log: { path: /no/folder/a.jsonl }", ":2:21: access_log.path: /no/folder: No such file"),
    ])
    func `what is wrong with a file that is named is said where it is named`(yaml: String, message: String) throws {
        let folder = try TemporaryDirectory("check")
        let path = try folder.write("loops: 1\n\(yaml)\n", to: "gateway.yaml")
        switch ConfigurationCheck.run(path: path, environment: [:]) {
        case .fine: Issue.record("nothing was found")
        case .wrong(let problems), .unreadable(let problems):
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix(path + message) == true, "\(problems)")
        }
    }

    @Test func `settings that make little sense together are warned of`() throws {
        let folder = try TemporaryDirectory("check")
        let path = try folder.write(
            """
            cells:
              - name: erp
                upstreams: ["http://127.0.0.1:1"]
                timeouts: { try: 5s, total: 2s }
                hedge: { enabled: true }
                tls: { server_name: erp.internal }
            """, to: "gateway.yaml")
        guard case .fine(_, let warnings) = ConfigurationCheck.run(path: path, environment: [:]) else {
            Issue.record("it is not fine")
            return
        }
        #expect(warnings.count == 3)
        #expect(warnings.allSatisfy { $0.hasPrefix("\(path):2:5: cells[0]: ") })
        for text in ["timeouts.try is not below", "hedge.enabled with one upstream", "tls is used with https://"] {
            #expect(warnings.contains { $0.contains(text) }, "\(warnings)")
        }
    }

    @Test(arguments: [
        ("concurrency: { min: 50, max: 10 }", "concurrency.max: must not be below concurrency.min"),
        ("circuit: { open: 5m, max_open: 1s }", "circuit.max_open: must not be below circuit.open"),
        ("outliers: { ejection: 10m, max_ejection: 9m }", "outliers.max_ejection: must not be below outliers.ejection"),
    ])
    func `what contradicts itself is an error`(yaml: String, problem: String) throws {
        let text = "cells: [{ name: erp, upstreams: [\"http://127.0.0.1:1\"], \(yaml) }]"
        let error = try #require(throws: YAMLError.self) { _ = try GatewayConfiguration.parse(text, file: "g.yaml") }
        #expect("\(error)".hasPrefix("g.yaml:1:"))
        #expect("\(error)".hasSuffix("cells[0].\(problem)"), "\(error)")
    }

    @Test func `a default gives way to what is written`() throws {
        let settings = "concurrency: { enabled: true, max: 5 }, circuit: { open: 2m }, outliers: { ejection: 10m }"
        let text = "cells: [{ name: erp, upstreams: [\"http://127.0.0.1:1\"], \(settings) }]"
        let configuration = try GatewayConfiguration.parse(text, file: "g.yaml")
        let policy = try #require(configuration.cells.first?.policy)
        #expect(policy.concurrency?.min == 5 && policy.concurrency?.max == 5)
        #expect(policy.circuit?.maxOpenNanos == 120_000_000_000)
        #expect(policy.outliers.maxEjectionNanos == 600_000_000_000)
        #expect(try GatewayConfiguration.parse(configuration.effectiveYAML(), file: "again") == configuration)
    }

    @Test func `an unreadable file is not a wrong one`() {
        let environment = ["GATEWAY_RULES_FILES": "/no/r.yaml"]
        #expect(ConfigurationCheck.run(path: nil, environment: environment).exitCode == 2)
        #expect(ConfigurationCheck.run(path: "/no/g.yaml", environment: [:]).exitCode == 2)
        #expect(ConfigurationCheck.run(path: nil, environment: ["GATEWAY_LISTEN": "x"]).exitCode == 1)
    }
}
