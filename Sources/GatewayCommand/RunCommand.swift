import ArgumentParser
import Gateway
import UnixSignals

/// `gateway run`: serves until SIGTERM or SIGINT.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Serve.",
        discussion: """
            SIGTERM and SIGINT stop accepting and answer what is in flight; a second one ends at once. \
            SIGHUP opens the log anew and reloads the configuration, SIGUSR1 only opens the log.
            """)

    @OptionGroup var source: ConfigurationOption
    @Option(
        help: """
            A folder for the last good configuration and the last known cells, which are used when the file is wrong, \
            or the governance centre silent, at a start. Also GATEWAY_STATE_DIR.
            """)
    var stateDir: String?

    func run() async throws {
        ProcessSetup.prepare()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1)
        let program: GatewayProgram
        do {
            var inputs = ProgramInputs(
                path: source.config, environment: ProcessSetup.environment, stateDirectory: stateDir)
            inputs.complain = { StandardError.write("gateway: \($0)") }
            program = try GatewayProgram.start(inputs)
        } catch {
            StandardError.write("gateway: \(error)")
            throw ExitCode(2)
        }
        let secure = program.tlsPort.map { ", with TLS on port \($0)" } ?? ""
        StandardError.write(
            "gateway: listening on \(program.dataAddress)\(secure), operations on \(program.opsAddress)")
        await serve(program, until: signals)
    }

    private func serve(_ program: GatewayProgram, until signals: UnixSignalsSequence) async {
        var draining: Task<Void, Never>?
        for await signal in signals {
            if signal == .sigusr1 {
                program.reopenLog()
            } else if signal == .sighup {
                program.reopenLog()
                program.reload()
            } else if draining == nil {
                draining = Task {
                    await program.drain()
                    Self.exit(withError: nil)
                }
            } else {
                Self.exit(withError: ExitCode(1))
            }
        }
    }
}
