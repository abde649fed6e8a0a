import GatewayMetrics
import Locking
import Logging
import StructuredLog

/// The whole gateway in one process: both listeners, governance, rules and logs, wired from a configuration.
public final class GatewayProgram: Sendable {
    private let inputs: ProgramInputs
    private let current: Locked<GatewayConfiguration>
    private let reloading = Locked(())
    private let parts: ProgramParts
    private let dataPlane: DataPlane
    private let opsServer: LocalServer
    private let inherited: InheritedSockets
    private let addresses = Locked<(data: SocketEndpoint, ops: SocketEndpoint)?>(nil)

    /// Reads the configuration, opens the log and the listeners, and serves. Blocking; not for event loops.
    ///
    /// - Throws: ``StartError`` with everything closed again.
    public static func start(_ inputs: ProgramInputs) throws(StartError) -> GatewayProgram {
        let loaded: LoadedConfiguration
        var problem: String?
        do {
            loaded = try inputs.load()
        } catch {
            guard let lastGood = inputs.loadLastGood() else {
                throw StartError(inputs.lastGoodProblem.map { "\(error.message)\n\($0)" } ?? error.message)
            }
            problem = error.message
            loaded = lastGood
        }
        let program = try GatewayProgram(inputs, loaded)
        do {
            try program.open(loaded)
        } catch {
            program.close()
            throw error
        }
        if let problem { program.startedWithLastGood(problem) } else { program.keep(loaded) }
        return program
    }

    private init(_ inputs: ProgramInputs, _ loaded: LoadedConfiguration) throws(StartError) {
        self.inputs = inputs
        current = Locked(loaded.configuration)
        parts = try ProgramParts(inputs, loaded)
        let late = LateHandlers()
        inherited = InheritedSockets(environment: inputs.environment)
        do {
            dataPlane = try DataPlane(
                settings: parts.settings, metrics: parts.metrics, accessLog: parts.log,
                local: LocalHandler {
                    late.admin?.serves($0) == true
                } wantsBody: {
                    late.admin?.wantsBody($0) == true
                } answer: {
                    late.admin?.handle($0, $1) ?? false
                }, inherited: inherited, events: parts.writeDown)
        } catch {
            throw StartError("the data plane cannot start: \(error)")
        }
        opsServer = LocalServer(
            listen: loaded.configuration.ops.listen, io: parts.control,
            handler: LocalHandler {
                late.ops?.serves($0) == true
            } wantsBody: { _ in
                false
            } answer: {
                late.ops?.handle($0, $1) ?? false
            }, metrics: parts.metrics, inherited: inherited)
        late.set(admin: adminAPI(loaded.configuration), ops: opsAPI())
        parts.plane.set(dataPlane)
    }

    /// Opens the ops listener first, so that probes see why the data listener is not open yet.
    private func open(_ loaded: LoadedConfiguration) throws(StartError) {
        let configuration = loaded.configuration
        let ops = try Self.listen("ops.listen", configuration.ops.listen) { try opsServer.start() }
        try checkFree(configuration.dataPlane.listen)
        parts.plane.apply(settings: parts.settings, tls: loaded.tls)
        parts.remote?.recall()
        parts.directory.configure(configuration.cells)
        let data = try Self.listen("listen", configuration.dataPlane.listen) { try dataPlane.start() }
        if loaded.tls != nil {
            let tls = configuration.dataPlane.tls.listen
            try checkFree(tls, key: "tls.listen")
            let secure = try Self.listen("tls.listen", tls) { try dataPlane.startTLS(tls) }
            parts.logger.info("TLS listener opened", metadata: ["listen": "\(secure)"])
        }
        parts.served(loaded.tls)
        parts.watchedFiles.withLock { $0 = loaded.watchedFiles }
        addresses.withLock { $0 = (data, ops) }
        parts.startServices(loaded, instance: ops.description) { [weak self] in self?.lookAtFiles() }
        parts.readiness.current = .serving
        logBounds(configuration)
        parts.logger.info(
            "gateway started",
            metadata: ["listen": "\(data)", "ops": "\(ops)", "cells": "\(configuration.cells.count)"])
    }

    private func startedWithLastGood(_ problem: String) {
        parts.noteConfiguration(problem)
        parts.logger.error(
            "the configuration is wrong, the last good one is in force", metadata: ["reason": "\(problem)"])
        inputs.complain(problem)
        inputs.complain(
            "the last good configuration is in force: \(inputs.state?.file(StateFolder.configuration) ?? "")")
    }

    /// Keeps the configuration file that has been taken.
    private func keep(_ loaded: LoadedConfiguration) {
        do throws(InvalidValue) {
            try inputs.keepLastGood(loaded)
        } catch {
            parts.logger.warning("the configuration cannot be kept", metadata: ["reason": "\(error.message)"])
            inputs.complain("the configuration cannot be kept: \(error.message)")
        }
    }

    /// What the metrics can cost at most.
    private func logBounds(_ configuration: GatewayConfiguration) {
        for warning in configuration.warnings {
            parts.logger.warning("configuration", metadata: ["reason": "\(warning)"])
        }
        let loops = parts.settings.loops
        let label = dataPlane.tenantLabel.summary(threads: loops)
        parts.logger.info(
            "metrics label bounded", metadata: Logger.Metadata(uniqueKeysWithValues: label.map { ($0, "\($1)") }))
        let all = parts.metrics.bounds()
        parts.logger.info(
            "metrics bounded", metadata: Logger.Metadata(uniqueKeysWithValues: all.map { ($0, "\($1)") }))
    }

    private static func listen(
        _ key: String, _ endpoint: SocketEndpoint, _ start: () throws -> SocketEndpoint
    ) throws(StartError) -> SocketEndpoint {
        do {
            return try start()
        } catch {
            throw .listening(key, endpoint, error)
        }
    }

    /// The data listeners share their port among themselves, and so they would with another gateway's: one that is
    /// already there must be found by a socket that does not share.
    private func checkFree(_ endpoint: SocketEndpoint, key: String = "listen") throws(StartError) {
        guard endpoint.port != 0, let address = try? DataPlane.resolve(endpoint), inherited.socket(at: address) == nil
        else { return }
        do {
            try ListenSocket.probe(DataPlane.resolve(endpoint))
        } catch {
            throw .listening(key, endpoint, error)
        }
    }

    /// Where it listens; port 0 has become the real one.
    public var dataAddress: SocketEndpoint { addresses.withLock { $0?.data } ?? parts.settings.listen }
    /// Where operations are served.
    public var opsAddress: SocketEndpoint {
        addresses.withLock { $0?.ops } ?? current.withLock { $0.ops.listen }
    }

    /// Reads the configuration again and takes what can change; keeps the old one when the new one is wrong. Blocking.
    @discardableResult
    public func reload() -> Result<ReloadOutcome, InvalidValue> {
        // One at a time: what was read last is what stays in force.
        reloading.withLock { _ in reloadAlone() }
    }

    private func reloadAlone() -> Result<ReloadOutcome, InvalidValue> {
        let loaded: LoadedConfiguration
        do {
            loaded = try inputs.load()
        } catch {
            parts.noteConfiguration(error.message)
            parts.logger.error("reload failed, the old configuration stays", metadata: ["reason": "\(error.message)"])
            inputs.complain("the old configuration stays in force: \(error.message)")
            return .failure(error)
        }
        let outcome = current.withLock { current in
            var (next, outcome) = current.reloaded(with: loaded.configuration)
            current = next
            let hasOtherCertificates = parts.apply(next, loaded)
            let known = outcome.applied + outcome.needsRestart
            if hasOtherCertificates, !known.contains("tls.certificates") {
                outcome.applied.append("tls.certificates")
            }
            return outcome
        }
        parts.noteConfiguration(nil)
        parts.noteRestart(outcome.needsRestart)
        keep(loaded)
        if outcome.applied.contains("cells") { logBounds(current.withLock { $0 }) }
        parts.logger.info(
            "configuration reloaded",
            metadata: [
                "applied": "\(outcome.applied.joined(separator: " "))",
                "needs_restart": "\(outcome.needsRestart.joined(separator: " "))",
            ])
        return .success(outcome)
    }

    /// Where TLS is served; nil where it is not.
    public var tlsPort: Int? { dataPlane.tlsPort }

    /// Reads the configuration again when a file that it came from has changed since it was read. Blocking.
    func lookAtFiles() {
        let files = inputs.watchedFiles(current.withLock { $0 })
        guard !files.isEmpty else { return }
        let found = WatchedFiles(paths: files).fingerprint
        let isNew = parts.watchedFiles.withLock { known in
            defer { known = found }
            return known != found
        }
        if isNew { reload() }
    }

    /// Opens the log's path anew, after its file was renamed.
    public func reopenLog() { parts.log.reopen() }

    /// Stops accepting, answers what is in flight, and closes everything. Returns within the drain deadline and a
    /// few seconds.
    public func drain() async {
        parts.readiness.current = .draining
        let timeouts = current.withLock { $0.dataPlane.timeouts }
        if timeouts.drainDelayNanos > 0 {
            parts.logger.info("about to drain")
            try? await Task.sleep(nanoseconds: UInt64(timeouts.drainDelayNanos))
        }
        parts.logger.info("draining")
        await dataPlane.drain(deadlineNanos: timeouts.drainNanos).get()
        await parts.stopServices()
        await opsServer.drain(deadlineNanos: 500_000_000).get()
        parts.logger.info("gateway stopped")
        dataPlane.stop()
        await parts.closeAll()
    }

    private func close() {
        dataPlane.stop()
        parts.control.stop()
        parts.log.close()
    }
}

// MARK: - Handlers

extension GatewayProgram {
    private func adminAPI(_ configuration: GatewayConfiguration) -> AdminAPI {
        let plane = parts.plane
        let health: @Sendable () -> [CellHealth] = { plane.health() }
        let governance = configuration.governance
        return AdminAPI(
            directory: parts.directory, admin: parts.admin,
            governance: governance.mode == .embedded
                ? GovernanceAPI(
                    directory: parts.directory, admin: parts.admin, settings: governance, health: health,
                    audit: AuditTrail(log: parts.log)) : nil,
            remote: parts.remote, health: health, patienceNanos: 950_000_000, timers: parts.control)
    }

    private func opsAPI() -> OpsAPI {
        OpsAPI(
            registry: parts.metrics.registry, scrapes: parts.scrapes, renderQueue: parts.renderQueue,
            readiness: parts.readiness, admin: parts.admin, notes: { [parts] in parts.notes() },
            rules: { [parts] in parts.rules.withLock { $0?.report } ?? RulesReport() },
            status: { [weak self] in self?.statusPage() ?? StatusPage.empty },
            reload: { [weak self] in self?.reload() ?? .failure(InvalidValue("the gateway is shutting down")) },
            reloadWorker: parts.reloadWorker, audit: AuditTrail(log: parts.log))
    }

    private func statusPage() -> StatusPage {
        StatusPage(
            phase: parts.readiness.current, notes: parts.notes(), governance: parts.directory.mode,
            isGovernanceReachable: parts.directory.isSourceUp, listen: dataAddress.description,
            cells: CellReport.all(parts.directory.allCells(), health: parts.plane.health()),
            refreshSeconds: current.withLock { $0.ops.refreshSeconds },
            writtenAt: RFC3339.text(millis: inputs.clock()))
    }
}

/// The listeners are made before what they serve.
private final class LateHandlers: Sendable {
    private let handlers = Locked<(admin: AdminAPI, ops: OpsAPI)?>(nil)

    var admin: AdminAPI? { handlers.withLock { $0?.admin } }
    var ops: OpsAPI? { handlers.withLock { $0?.ops } }

    func set(admin: AdminAPI, ops: OpsAPI) {
        handlers.withLock { $0 = (admin, ops) }
    }
}
