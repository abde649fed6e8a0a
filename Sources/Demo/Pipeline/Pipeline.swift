import NIOCore
import NIOPosix

/// The running parts: two cells and the receiver in this process, gateway and log-shipper as programs.
final class Pipeline {
    let layout: DemoLayout
    let cells: [SampleCell]
    let receiver: LogReceiver
    private let servers: [SmallServer]
    private var gateway: ChildProgram?
    private var shipper: ChildProgram?

    /// Makes the folder and the servers, finds ports and writes the configuration files.
    init(settings: DemoSettings, group: any EventLoopGroup) throws {
        let directory = DemoFiles.absolute(settings.directory)
        try DemoFiles.makeDirectory(directory)
        try DemoFiles.claim(directory)
        let cells = ["erp", "crm"].map { SampleCell(name: $0) }
        let receiver = LogReceiver()
        let cellServers = try cells.map { cell in
            try SmallServer(group: group) { cell.handle($0) }
        }
        let receiverServer = try SmallServer(group: group) { receiver.handle($0) }
        let layout = DemoLayout(
            directory: directory,
            gatewayPort: try FreePort.find(preferred: settings.port, group: group),
            opsPort: try FreePort.find(preferred: settings.opsPort, group: group),
            shipperPort: try FreePort.find(preferred: settings.shipperPort, group: group),
            cellPorts: zip(cells, cellServers).map { (name: $0.name, port: $1.port) },
            receiverPort: receiverServer.port)
        try Pipeline.prepare(layout)
        self.layout = layout
        self.cells = cells
        self.receiver = receiver
        servers = cellServers + [receiverServer]
    }

    /// An earlier run must not be counted in this one.
    private static func prepare(_ layout: DemoLayout) throws(DemoError) {
        for path in [layout.logPath, layout.rotatedLogPath] { DemoFiles.remove(path) }
        DemoFiles.removeFlatDirectory(layout.statePath)
        try DemoFiles.makeDirectory(layout.statePath)
        try DemoFiles.write(DemoLayout.rules, to: layout.rulesPath)
        try DemoFiles.write(layout.gatewayConfig, to: layout.gatewayConfigPath)
        try DemoFiles.write(layout.shipperConfig, to: layout.shipperConfigPath)
    }

    /// Starts the gateway, then the shipper, and waits until both are ready.
    func start(gatewayBinary: String, shipperBinary: String) throws(DemoError) {
        gateway = try ChildProgram(
            name: "gateway", path: gatewayBinary, arguments: ["run", "--config", layout.gatewayConfigPath],
            outputPath: layout.gatewayOutputPath)
        try waitUntilReady(layout.opsURL)
        shipper = try ChildProgram(
            name: "log-shipper", path: shipperBinary, arguments: ["run", "--config", layout.shipperConfigPath],
            outputPath: layout.shipperOutputPath)
        try waitUntilReady(layout.shipperURL)
    }

    /// Throws when one of the programs has died.
    func check() throws(DemoError) {
        for child in [gateway, shipper].compactMap({ $0 }) where !child.isRunning {
            throw DemoError(child.obituary())
        }
    }

    func stopGateway() { stop(gateway) }

    func stopShipper() { stop(shipper) }

    /// For every way out: nothing is left running.
    func killAll() {
        for child in [gateway, shipper].compactMap({ $0 }) { child.kill() }
    }

    private func stop(_ child: ChildProgram?) {
        guard let child else { return }
        child.terminate()
        let deadline = DemoClock.seconds() + 15
        while child.isRunning, DemoClock.seconds() < deadline, StopSignal.count < 2 { DemoClock.sleep(millis: 20) }
        child.kill()
    }

    private func waitUntilReady(_ url: String) throws(DemoError) {
        let probe = OpsProbe(url: url)
        let deadline = DemoClock.seconds() + 20
        while !probe.isReady {
            try check()
            guard StopSignal.count == 0 else { throw DemoError("stopped before \(url) was ready") }
            guard DemoClock.seconds() < deadline else { throw DemoError("\(url)/readyz did not answer within 20 s") }
            DemoClock.sleep(millis: 50)
        }
    }
}
