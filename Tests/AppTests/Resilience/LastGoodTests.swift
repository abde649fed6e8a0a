import Foundation
import TestSupport
import Testing

@Suite("What survives a restart, and how sockets are handed over")
struct LastGoodTests {
    @Test("a gateway whose file is wrong starts with the last one that was good, and says so")
    func lastGood() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let folder = try TemporaryDirectory("lastgood")
        let state = folder.path
        let environment = ["GATEWAY_STATE_DIR": state]
        let first = try GatewayProcess(
            GatewayProcess.cells(["erp": stub.port]), environment: environment, folder: folder)
        #expect(try first.send("GET", "/api/v1/erp/x").status == 200)
        let (port, opsPort) = (first.port, first.opsPort)
        first.child.terminate()
        let kept = folder.file("gateway.last-good.yaml")
        let mode = try FileManager.default.attributesOfItem(atPath: kept)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try folder.write("cells: [{ nome: erp }]\n", to: "gateway.yaml")
        let second = try ChildProcess(
            Programs.path("gateway"), ["run", "--config", folder.file("gateway.yaml")],
            environment: Programs.environment.merging(environment) { $1 }, directory: folder.path)
        #expect(eventually(within: 30) { Programs.answers("/readyz", port: opsPort) })
        #expect(try request("GET", "/api/v1/erp/x", port: port).status == 200)
        let ready = try request("GET", "/readyz", port: opsPort).text
        #expect(ready.contains("nome"), "\(ready)")
        #expect(try MetricsPage(port: opsPort).sum("gateway_config_last_reload_successful") == 0)
        #expect(second.terminate() == 0)
    }

    @Test("a change of the file is taken by itself where that is asked for")
    func watch() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let gateway = try GatewayProcess("reload: { watch: true }\n" + GatewayProcess.cells(["erp": stub.port]))
        let text = try String(contentsOfFile: gateway.configurationFile, encoding: .utf8)
        try text.replacingOccurrences(of: "name: erp", with: "name: crm").write(
            toFile: gateway.configurationFile, atomically: true, encoding: .utf8)
        #expect(try eventually(within: 30) { try gateway.send("GET", "/api/v1/crm/x").status == 200 })
        #expect(try gateway.send("GET", "/api/v1/erp/x").status == 404)
    }

    @Test(
        "a socket that listens already is taken over, and two processes in a row lose no connection of it",
        .enabled(if: Tool.path(of: "python3") != nil, "python3 isn't installed"))
    func handedOver() throws {
        let stub = try HTTPStub { _ in .status(200) }
        defer { stub.stop() }
        let folder = try TemporaryDirectory("sockets")
        let port = try Loopback.freePort()
        let opsPort = try Loopback.freePort()
        let configuration = try folder.write(
            """
            listen: 127.0.0.1:\(port)
            loops: 2
            ops: { listen: "127.0.0.1:\(opsPort)" }
            access_log: { path: "\(folder.file("access.jsonl"))" }
            \(GatewayProcess.cells(["erp": stub.port]))
            """, to: "gateway.yaml")
        // As a service manager does it: the socket outlives the processes that accept from it.
        let script = """
            import os, socket, subprocess, sys, time
            listener = socket.create_server(("127.0.0.1", \(port)), backlog=64)
            def start():
                def adopt():
                    os.dup2(listener.fileno(), 3)
                    os.set_inheritable(3, True)
                    os.environ["LISTEN_PID"] = str(os.getpid())
                command = ["/bin/sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" run --config "$1"'] + sys.argv[1:3]
                return subprocess.Popen(command, preexec_fn=adopt, close_fds=False)
            child = start()
            time.sleep(float(sys.argv[3]))
            child.terminate()
            child.wait()
            early = socket.create_connection(("127.0.0.1", \(port)))
            early.sendall(b"GET /api/v1/erp/x HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n")
            child = start()
            early.settimeout(30)
            print(early.recv(100).decode()[:12], flush=True)
            child.terminate()
            child.wait()

            """
        let python = try #require(Tool.path(of: "python3"))
        let path = try folder.write(script, to: "manager.py")
        let run = try ChildProcess.run(
            python, [path, try Programs.path("gateway"), configuration, "2"], environment: Programs.environment,
            within: 90)
        #expect(run.output == "HTTP/1.1 200\n", "\(run.error)")
    }
}
