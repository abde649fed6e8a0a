import Foundation
import TestSupport
import Testing

@Suite("log-shipper status and tap")
struct OperateTests {
    private static let line = "{\"tenant\":\"acme\",\"n\":1}"

    @Test("the running process tells of its outputs, files and tenants, as tables and as JSON")
    func status() throws {
        let folder = try TemporaryDirectory("status")
        let receiver = try LogReceiver()
        try folder.write(Self.line + "\n", to: "app.jsonl")
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        #expect(eventually { receiver.distinctLines == 1 })
        #expect(
            try eventually {
                try shipper.command(["status"]).output.contains("\(folder.file("app.jsonl"))    24      24  0 B")
            })
        let json = try shipper.command(["status", "--json"])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(object["ready"] as? Bool == true)
        #expect((object["outputs"] as? [[String: Any]])?.first?["name"] as? String == "sink")
    }

    @Test("a destination that is down shows as the last error, and what waits as a tenant's queue")
    func failing() throws {
        let folder = try TemporaryDirectory("status")
        let receiver = try LogReceiver()
        let shipper = try ShipperProcess(
            paths: [folder.file("*.jsonl")], url: receiver.url, settings: "ready: { output_failing_after: 1ms }")
        receiver.stop()
        try folder.write(Self.line + "\n", to: "app.jsonl")
        #expect(
            try eventually {
                let text = try shipper.command(["status"]).output
                return (text.contains("failing for") || text.contains("down for")) && text.contains("acme")
                    && text.contains("onnect")
            })
        let ready = try request("GET", "/readyz", port: shipper.opsPort)
        #expect(ready.status == 503 && ready.text.hasPrefix("sink: all requests have failed for"), "\(ready.text)")
        #expect(try request("GET", "/livez", port: shipper.opsPort).status == 200)
    }

    @Test("status and tap of a shipper that does not run say so")
    func absent() throws {
        let folder = try TemporaryDirectory("status")
        let port = try Loopback.freePort()
        let file = try folder.write(
            """
            state_dir: "\(folder.path)"
            ops: { listen: "127.0.0.1:\(port)" }
            inputs: [{ paths: [/absent] }]
            outputs: [{ name: a, type: ndjson, url: "http://127.0.0.1:1/" }]

            """, to: "shipper.yaml")
        for command in ["status", "tap"] {
            let result = try Programs.run("log-shipper", [command, "--config", file])
            #expect(result.status == 2)
            #expect(result.error.contains("127.0.0.1:\(port) (ops.listen) does not run"), "\(result.error)")
        }
    }

    @Test("tap shows what the destination took, filtered, and ends at its limit")
    func tap() throws {
        let folder = try TemporaryDirectory("tap")
        let receiver = try LogReceiver()
        let writer = RotatingWriter(folder: folder.path, seed: 3)
        writer.burst()
        let shipper = try ShipperProcess(paths: [folder.file("*.jsonl")], url: receiver.url)
        let writing = BackgroundLoop { _ in
            writer.burst()
            usleep(5_000)
        }
        defer { writing.stop() }
        let shown = try shipper.command(["tap", "--tenant", "tenant-3", "--grep", "padding", "--limit", "20"])
        #expect(shown.status == 0, "\(shown.error)")
        let lines = shown.output.split(separator: "\n")
        #expect(lines.count == 20)
        #expect(
            lines.allSatisfy { $0.hasPrefix("sink tenant-3 {") && receiver.arrivals[String($0.dropFirst(14))] != nil })
        let json = try shipper.command(["tap", "--json", "--output", "sink", "--limit", "1"])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: String]
        #expect(object?["output"] == "sink")
        #expect(object?["line"]?.contains("padding") == true)
    }
}
