import ArgumentParser
import NIOCore
import NIOPosix

@main
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse-demo",
        abstract: "The whole pipeline on this machine: cells, gateway, log-shipper, log receiver, traffic and a fault.",
        subcommands: [RunCommand.self, CellCommand.self, ReceiverCommand.self], defaultSubcommand: RunCommand.self)

    /// As ArgumentParser's own `main`, but wrong usage ends with 2 as in the other programs, not with `EX_USAGE`.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            print(fullMessage(for: error))
            exit(withError: ExitCode(2))
        }
    }
}

/// `gatehouse-demo run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Starts everything, shows it live, and stops all of it with Ctrl-C.",
        discussion: """
            Exit codes: 0 every log line arrived, 1 lines were lost or a part failed, 2 wrong usage.
            Ports that are taken are replaced by free ones.
            """)

    @Option(help: "Folder for configuration files, logs and state; it is made if missing.")
    var directory = "run/demo"

    @Option(help: "The gateway's binary. (default: beside this program)")
    var gatewayBinary: String?

    @Option(help: "The log-shipper's binary. (default: beside this program)")
    var shipperBinary: String?

    @Option(help: "Port of the gateway; 0 takes any.")
    var port = 8080

    @Option(help: "Port of the gateway's ops listener; 0 takes any.")
    var opsPort = 9464

    @Option(help: "Port of the log-shipper's ops listener; 0 takes any.")
    var shipperPort = 9465

    @Option(help: "Seconds to run; without it until Ctrl-C.")
    var duration: Double?

    @Option(help: "Seconds until the fault begins.")
    var faultAfter = 20.0

    @Option(help: "Seconds that the fault lasts.")
    var faultSeconds = 35.0

    func validate() throws {
        guard [port, opsPort, shipperPort].allSatisfy({ (0...65_535).contains($0) }) else {
            throw ValidationError("A port is 0…65535.")
        }
        guard (0...86_400).contains(duration ?? 0), (0...86_400).contains(faultAfter),
            (0...86_400).contains(faultSeconds)
        else {
            throw ValidationError("Times are 0…86400 seconds.")
        }
    }

    func run() throws {
        let settings = try settings()
        StopSignal.install()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let code: Int32
        do {
            code = try DemoRun(settings: settings, group: group).run(pool: pool)
        } catch {
            print("gatehouse-demo: \(error)")
            throw ExitCode(1)
        }
        throw ExitCode(code)
    }

    private func settings() throws -> DemoSettings {
        let folder = DemoFiles.programDirectory()
        let settings = DemoSettings(
            directory: directory, gatewayBinary: gatewayBinary ?? "\(folder)/gateway",
            shipperBinary: shipperBinary ?? "\(folder)/log-shipper", port: port, opsPort: opsPort,
            shipperPort: shipperPort, duration: duration, faultAfter: faultAfter, faultSeconds: faultSeconds)
        for path in [settings.gatewayBinary, settings.shipperBinary] where !DemoFiles.isExecutable(path) {
            throw ValidationError("\(path) is not there or not executable; build it, or name it with an option.")
        }
        return settings
    }
}

/// `gatehouse-demo cell`.
struct CellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cell",
        abstract: "One sample cell alone: answers everything; POST /fault?error_rate=0.5&latency_ms=200 changes how.")

    @Option(help: "Its name in the answers.")
    var name = "erp"

    @Option(help: "Port on loopback; 0 takes any.")
    var port = 9001

    func run() throws {
        let cell = SampleCell(name: name)
        try Standalone.serve("cell \(name)", port: port) { cell.handle($0) }
    }
}

/// `gatehouse-demo receiver`.
struct ReceiverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receiver",
        abstract: "The log receiver alone: takes ndjson batches (gzip or plain) by POST, GET /stats counts them.")

    @Option(help: "Port on loopback; 0 takes any.")
    var port = 9700

    func run() throws {
        let receiver = LogReceiver()
        try Standalone.serve("log receiver", port: port) { receiver.handle($0) }
    }
}

/// A server that runs until Ctrl-C.
enum Standalone {
    static func serve(_ name: String, port: Int, handler: @escaping SmallServer.Handler) throws {
        guard (0...65_535).contains(port) else { throw ValidationError("A port is 0…65535.") }
        StopSignal.install()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let server = try SmallServer(port: port, group: group, handler: handler)
            print("\(name) listens on \(server.url)")
        } catch {
            print("gatehouse-demo: \(name) cannot listen on port \(port): \(error)")
            throw ExitCode(1)
        }
        while StopSignal.count == 0 { DemoClock.sleep(millis: 100) }
    }
}
