import Locking
import Logging

/// The pipelines that run, and how a new configuration takes their place.
///
/// A pipeline whose effective configuration stays the same goes on untouched. One that changes or goes drains: it takes
/// the answers to what is in flight and writes its checkpoint. The new one starts from there, so nothing is lost, and
/// nothing comes twice unless the drain ran out of time.
final class PipelineSet: @unchecked Sendable {
    private struct State {
        var configuration: ShipperConfiguration
        var pipelines: [Pipeline]
        var isStopping = false
    }

    private let surroundings: Pipeline.Surroundings
    private let state: Locked<State>

    /// Reads all checkpoints; starts nothing.
    init(_ configuration: ShipperConfiguration, _ surroundings: Pipeline.Surroundings) throws {
        self.surroundings = surroundings
        let pipelines = try PipelinePart.all(configuration).map { try Pipeline($0, surroundings) }
        state = Locked(State(configuration: configuration, pipelines: pipelines))
    }

    /// Any thread.
    var statuses: [PipelineStatus] { current.map(\.status) }
    var configuration: ShipperConfiguration { state.withLock { $0.configuration } }
    private var current: [Pipeline] { state.withLock { $0.pipelines } }

    func start() throws(SystemError) {
        for pipeline in current { try pipeline.start() }
    }

    /// Asks all for a drain; one that a reload is about to start will not be.
    func stop() {
        let pipelines = state.withLock { state in
            state.isStopping = true
            return state.pipelines
        }
        for pipeline in pipelines { pipeline.stop() }
    }

    /// Waits for the end after `stop`. Returns whether everything that was read is settled.
    func wait() -> Bool { current.map { $0.wait() }.allSatisfy(\.self) }

    // MARK: - Reload

    /// Goes over to a new configuration; one thread at a time. Takes as long as the drains take.
    ///
    /// - Throws: ``Shipper/StartError`` where the new one cannot be; then everything goes on as it was.
    func reload(_ new: ShipperConfiguration) throws {
        let old = state.withLock { $0 }
        try PipelineSet.check(new, after: old.configuration)
        let parts = parts(new, old.pipelines)
        let kept = old.pipelines.filter { pipeline in
            parts.contains { $0.output.name == pipeline.part.output.name && $0.effective == pipeline.effective }
        }
        let keptNames = Set(kept.map(\.part.output.name))
        // Whatever can be wrong with an output is found before anything stops.
        for part in parts where !keptNames.contains(part.output.name) { try Pipeline.rehearse(part, surroundings) }
        let leaving = old.pipelines.filter { !keptNames.contains($0.part.output.name) }
        if !leaving.isEmpty {
            surroundings.logger.info(
                "outputs that change take the answers to what they have sent",
                metadata: [
                    "outputs": "\(leaving.map(\.part.output.name).joined(separator: " "))",
                    "at_most_seconds": "\(old.configuration.drainNanos / 1_000_000_000)",
                ])
        }
        for pipeline in leaving { pipeline.stop() }
        let left = Dictionary(uniqueKeysWithValues: leaving.map { ($0.part.output.name, $0.end()) })
        surroundings.labels.setReaders(parts.count)
        var running = kept
        var failure: (any Error)?
        for part in parts where !keptNames.contains(part.output.name) {
            let before = old.pipelines.first { $0.part.output.name == part.output.name }?.part
            do {
                running.append(try begin(part, or: before, left[part.output.name] ?? [:]))
            } catch {
                failure = error
            }
        }
        let order = Dictionary(uniqueKeysWithValues: parts.enumerated().map { ($1.output.name, $0) })
        running.sort { order[$0.part.output.name] ?? 0 < order[$1.part.output.name] ?? 0 }
        settle(new, running)
        if let failure { throw failure }
    }

    /// A stop that came meanwhile is meant for the new ones, too.
    private func settle(_ new: ShipperConfiguration, _ running: [Pipeline]) {
        let isStopping = state.withLock { state in
            state.configuration = new
            state.pipelines = running
            return state.isStopping
        }
        if isStopping { for pipeline in running { pipeline.stop() } }
    }

    /// Starts a pipeline; where that fails, the one that was before it.
    private func begin(_ part: PipelinePart, or before: PipelinePart?, _ left: [String: Int]) throws -> Pipeline {
        do {
            return try begin(part, left)
        } catch {
            guard let before else { throw error }
            surroundings.logger.error(
                "an output cannot start with the new configuration",
                metadata: ["output": "\(part.output.name)", "error": "\(error)"])
            return try begin(before, left)
        }
    }

    private func begin(_ part: PipelinePart, _ left: [String: Int]) throws -> Pipeline {
        let pipeline = try Pipeline(part, surroundings)
        pipeline.carry(left)
        try pipeline.start()
        return pipeline
    }

    /// The parts of the new configuration; an output that was there before keeps its number.
    private func parts(_ new: ShipperConfiguration, _ pipelines: [Pipeline]) -> [PipelinePart] {
        var free = (0...).lazy.filter { number in !pipelines.contains { $0.part.index == number } }.makeIterator()
        return PipelinePart.all(new).map { part in
            var part = part
            let before = pipelines.first { $0.part.output.name == part.output.name }
            part.index = before?.part.index ?? free.next() ?? part.index
            return part
        }
    }

    private static func check(_ new: ShipperConfiguration, after old: ShipperConfiguration) throws {
        var fixed: [String] = []
        if new.stateDirectory != old.stateDirectory { fixed.append("state_dir") }
        if new.opsListen != old.opsListen { fixed.append("ops.listen") }
        if new.maxTenantSeries != old.maxTenantSeries { fixed.append("metrics.max_tenants") }
        guard fixed.isEmpty else {
            throw Shipper.StartError(description: "\(fixed.joined(separator: ", ")) can only change with a restart")
        }
    }
}

extension PipelinePart {
    /// Everything that makes this pipeline what it is, the files with its secrets and certificates included: two parts
    /// with the same text do the same.
    var effective: String {
        var common = configuration
        common.outputs = []
        common.opsListen = ""
        common.readyFailingAfterNanos = 0
        return
            "\(common)\n\(output)\n\(windowBytes)\n\(output.fileStamps)\n\(configuration.saltFile.map(FileStamp.of) ?? "")"
    }
}
