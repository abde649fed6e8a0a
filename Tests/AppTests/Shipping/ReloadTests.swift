import Foundation
import TestSupport
import Testing

@Suite("log-shipper and SIGHUP")
struct ReloadTests {
    private func lastReload(_ shipper: ShipperProcess) throws -> Double {
        try shipper.metrics().sum("shipper_config_last_reload_successful")
    }

    @Test("case 79: a wrong configuration changes nothing and is said; a right one takes its place")
    func wrong() throws {
        let folder = try TemporaryDirectory("reload")
        let receiver = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 4)
        writer.burst()
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        #expect(try lastReload(shipper) == 1)
        let mistakes: [(String) -> String] = [
            { $0.replacingOccurrences(of: "state_dir:", with: "nonsense: [\nx:") },
            { $0.replacingOccurrences(of: "state_dir:", with: "state_dir: /elsewhere\nx:") },
            { _ in "" },
            { $0.replacingOccurrences(of: "type: ndjson", with: "type: ndjson, auth: { bearer_token_file: /nope/t }") },
        ]
        for mistake in mistakes {
            try shipper.reload(mistake)
            #expect(try eventually { try lastReload(shipper) == 0 })
            writer.burst()
            #expect(eventually { receiver.distinctLines == writer.lines })
            try shipper.reload { $0 }
            #expect(try eventually { try lastReload(shipper) == 1 })
        }
        #expect(shipper.child.standardError.contains("the old one stays in force"))
        #expect(receiver.arrivals.values.allSatisfy { $0.starts.count == 1 })
    }

    @Test("case 79: reloads under load and rotation lose no line and send none twice, and the account balances")
    func underLoad() throws {
        let folder = try TemporaryDirectory("reload")
        let receiver = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 5)
        let writing = BackgroundLoop { _ in
            writer.burst()
            usleep(2_000)
        }
        defer { writing.stop() }
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        for turn in 1...12 {
            let before = receiver.distinctLines
            try shipper.reload { text in
                turn.isMultiple(of: 3)
                    ? text : text.replacingOccurrences(of: "max_age: 100ms", with: "max_age: \(100 + turn)ms")
            }
            #expect(eventually { receiver.distinctLines > before + 50 })
        }
        writing.stop()
        #expect(eventually(within: 60) { receiver.distinctLines == writer.lines })
        #expect(try lastReload(shipper) == 1)
        let repeated = receiver.arrivals.values.count { $0.starts.count != 1 }
        #expect(repeated == 0, "\(repeated) lines came twice")
        #expect(receiver.faults.isEmpty)
        #expect(
            try eventually {
                let account = try shipper.account()
                return account.pending == 0 && account.settledOrPending == account.read
            })
    }

    @Test("case 79: outputs come and go; one that stays the same is not touched")
    func outputs() throws {
        let folder = try TemporaryDirectory("reload")
        let receiver = try LogReceiver()
        let second = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 6)
        writer.burst()
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        #expect(eventually { receiver.distinctLines == writer.lines })
        func extra(_ text: String) -> String {
            text + "  - { name: extra, type: ndjson, url: \"\(second.url)\", batch: { max_age: 20ms } }\n"
        }
        try shipper.reload(extra)
        #expect(eventually { second.distinctLines == writer.lines })
        try shipper.reload { $0 }
        #expect(
            try eventually {
                let text = try request("GET", "/status", port: shipper.opsPort).text
                return !text.contains("extra")
            })
        writer.burst()
        #expect(eventually { receiver.distinctLines == writer.lines })
        #expect(second.distinctLines < writer.lines)
        try shipper.reload(extra)
        #expect(eventually { second.distinctLines == writer.lines })
        for arrivals in [receiver.arrivals, second.arrivals] {
            #expect(arrivals.values.allSatisfy { $0.starts.count == 1 })
        }
    }

    @Test(
        "case 79: a changed output whose destination is down starts again from its checkpoint, and the account balances"
    )
    func whileDown() throws {
        let folder = try TemporaryDirectory("reload")
        let receiver = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 7)
        writer.burst()
        let shipper = try ShipperProcess(
            paths: [folder.file("*.jsonl")], url: receiver.url, settings: "drain_timeout: 100ms")
        // Acknowledged, too: an answer that is lost now would be a line that comes twice, as it should.
        #expect(try eventually { try shipper.account().settledOrPending == Double(writer.lines) })
        #expect(try eventually { try shipper.account().pending == 0 })
        receiver.stop()
        for _ in 0..<30 { writer.burst() }
        #expect(try eventually { try shipper.account().read == Double(writer.lines) })
        try shipper.reload { $0.replacingOccurrences(of: "max_age: 100ms", with: "max_age: 50ms") }
        #expect(
            try eventually {
                let account = try shipper.account()
                return account.read == Double(writer.lines) && account.settledOrPending == account.read
            })
        try receiver.start()
        #expect(eventually(within: 60) { receiver.distinctLines == writer.lines })
        #expect(receiver.arrivals.values.allSatisfy { $0.starts.count == 1 })
        #expect(
            try eventually {
                let account = try shipper.account()
                return account.pending == 0 && account.settledOrPending == account.read
                    && account.read == Double(writer.lines)
            })
    }

    @Test("case 55: a second shipper on the same state directory says that one runs, and the first goes on")
    func locked() throws {
        let folder = try TemporaryDirectory("locked")
        let receiver = try LogReceiver()
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        let second = try shipper.command(["run"])
        #expect(second.status == 2)
        #expect(second.error.contains("another log-shipper"), "\(second.error)")
        try folder.write("{\"tenant\":\"acme\"}\n", to: "app.jsonl")
        #expect(eventually { receiver.distinctLines == 1 })
    }

    @Test("systemd is told of the start, the reload and the end")
    func systemd() throws {
        let folder = try TemporaryDirectory("systemd")
        let socket = try NotifySocket(folder.file("notify.sock"))
        let receiver = try LogReceiver()
        let port = try Loopback.freePort()
        let file = try folder.write(
            """
            state_dir: "\(folder.file("state"))"
            ops: { listen: "127.0.0.1:\(port)" }
            inputs: [{ paths: ["\(folder.file("*.jsonl"))"] }]
            outputs: [{ name: a, type: ndjson, url: "\(receiver.url)" }]

            """, to: "shipper.yaml")
        let environment = Programs.environment.merging([
            "NOTIFY_SOCKET": folder.file("notify.sock"), "WATCHDOG_USEC": "200000",
        ]) { $1 }
        let child = try ChildProcess(
            try Programs.path("log-shipper"), ["run", "--config", file], environment: environment)
        #expect(eventually { socket.messages.contains { $0.hasPrefix("READY=1\nSTATUS=a: 0 files") } })
        #expect(eventually { socket.messages.contains("WATCHDOG=1") })
        child.signal(SIGHUP)
        #expect(eventually { socket.messages.contains { $0.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") } })
        #expect(eventually { socket.messages.count { $0.hasPrefix("READY=1") } == 2 })
        #expect(child.terminate() == 0)
        #expect(socket.messages.contains { $0.hasPrefix("STOPPING=1") })
    }
}
