import ArgumentParser
import LogShipper
import Logging
import UnixSignals

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Ships until SIGTERM or SIGINT, then drains.",
        discussion: "SIGHUP reads the configuration again; a wrong one changes nothing.")

    @OptionGroup var options: ConfigOptions

    @Option(name: .long, help: "The least level of messages on stderr.")
    var logLevel: Logger.Level = .info

    func run() async throws {
        ProcessMemory.useOneArena()
        let configuration = try options.load()
        let log = try openLog()
        defer { log.close() }
        let logger = Logger(label: "log-shipper")
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let shipper = try startShipper(configuration, logger)
        logger.info(
            "shipping", metadata: ["ops": "\(shipper.opsPort.map(String.init) ?? "off")"])
        ProcessMemory.releaseStartup()
        for await signal in signals {
            guard signal == .sighup else { break }
            shipper.reload()
        }
        logger.info("draining")
        shipper.stop()
        let isDrained = shipper.wait()
        logger.log(level: isDrained ? .info : .warning, "stopped", metadata: ["drained": "\(isDrained)"])
    }

    private func openLog() throws -> ProgramLog {
        do {
            return try ProgramLog(level: logLevel)
        } catch {
            throw options.failure("\(error)")
        }
    }

    private func startShipper(_ configuration: ShipperConfiguration, _ logger: Logger) throws -> Shipper {
        do {
            let shipper = try Shipper(configuration, logger: logger)
            if let notifier = SystemdNotifier() { try shipper.report(to: notifier) }
            try shipper.allowReload { [options] in try options.read() }
            return shipper
        } catch {
            throw options.failure("\(error)")
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
