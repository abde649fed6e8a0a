import CurlHTTP
import Foundation
import GatewayMetrics
import Logging
import TestSupport

@testable import LogShipper

/// A whole shipper - readers, senders, checkpoints, spools and dead letters - on one thread, with a simulated clock,
/// destinations and disk faults. Only the log files and the state directory are real.
final class ShipperModel {
    struct Plan {
        var kills = true
        var disk = false
        var whenFull = SpoolOptions.WhenFull.block
        var outputs: [ShipperConfiguration.OutputType] = [.ndjson]
    }

    let plan: Plan
    let folder: TemporaryDirectory
    var generator: SeededGenerator
    let time: ModelTime
    let system: ModelFileSystem
    let lines: ModelLines
    private(set) var destinations: [ModelDestination] = []
    private(set) var configuration: ShipperConfiguration
    private(set) var pipelines: [Pipeline] = []
    private var metrics: ShipperMetrics?
    private(set) var problems: [String] = []
    /// A file has lost its name before everything of it was settled.
    private var isFragile = false
    private(set) var kills = 0
    /// Starts, by output and number, that found something in a spool.
    private(set) var startsWithSpool: Set<String> = []
    private(set) var events: [String: Int] = [:]

    init(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var plan = Plan()
        plan.kills = !generator.oneIn(4)
        plan.disk = generator.oneIn(5)
        if !plan.kills, !plan.disk {
            plan.whenFull = SpoolOptions.WhenFull.allCases.randomElement(using: &generator) ?? .block
        }
        let types: [ShipperConfiguration.OutputType] = [.ndjson, .ndjson, .elasticsearch, .otlp]
        plan.outputs = (0...(generator.oneIn(4) ? 1 : 0)).map { _ in types.randomElement(using: &generator) ?? .ndjson }
        self.plan = plan
        folder = try TemporaryDirectory("model")
        try FileManager.default.createDirectory(atPath: folder.file("logs"), withIntermediateDirectories: false)
        let lines = ModelLines(
            folder: folder.file("logs"), SeededGenerator(seed: generator.next()), hasPoison: generator.oneIn(2))
        self.lines = lines
        system = ModelFileSystem(SeededGenerator(seed: generator.next()))
        configuration = ShipperModel.configure(plan, folder, &generator)
        let time = ModelTime()
        self.time = time
        destinations = plan.outputs.map {
            ModelDestination(type: $0, lines: lines, time: time, SeededGenerator(seed: generator.next()))
        }
        self.generator = generator
        try start()
    }

    private static func configure(
        _ plan: Plan, _ folder: TemporaryDirectory, _ generator: inout SeededGenerator
    ) -> ShipperConfiguration {
        var configuration = ShipperConfiguration(stateDirectory: folder.file("state"))
        configuration.inputs = [ShipperConfiguration.Input(paths: ["\(folder.path)/logs/*.log*"])]
        configuration.maxUnackedBytes = [8 << 10, 16 << 10, 64 << 10].randomElement(using: &generator) ?? 8192
        configuration.memoryBytes = generator.int(16...96) << 10
        configuration.rotateGraceNanos = generator.oneIn(3) ? 1 : 5_000_000_000
        configuration.maxOpenFiles = generator.oneIn(3) ? 1 : 64
        configuration.outputs = plan.outputs.enumerated().map { index, type in
            var output = ShipperConfiguration.Output(name: "out\(index)", type: type, url: "http://127.0.0.1:1/")
            output.compression = .none
            output.encoding = .json
            output.batchMaxBytes = generator.int(256...4096)
            output.batchMaxLines = generator.oneIn(3) ? generator.int(1...20) : 1000
            output.batchMaxAgeNanos = Int64(generator.int(1...2000)) * 1_000_000
            output.concurrency = 1...generator.int(1...8)
            output.spool.afterNanos = Int64(generator.int(0...60)) * 1_000_000_000
            output.spool.tenantMaxBytes = Int64(generator.int(8...256)) << 10
            output.spool.whenFull = plan.whenFull
            if generator.oneIn(4) { output.spool.maxBytes = 0 }
            return output
        }
        return configuration
    }

    // MARK: - Starts and ends

    private func start() throws {
        let metrics = try ShipperMetrics()
        self.metrics = metrics
        let system = system
        let time = time
        let byName = Dictionary(uniqueKeysWithValues: zip(configuration.outputs.map(\.name), destinations))
        var outside = Outside()
        outside.monotonicNanos = { time.nowNanos }
        outside.wallNanos = { time.wallNanos }
        outside.threadCPUNanos = { 0 }
        let jitterSeed = generator.next()
        outside.jitter = { Jitter(seed: jitterSeed) }
        outside.transport = { name, _ throws(CurlError) in
            guard let destination = byName[name] else { throw CurlError(kind: .other, message: name) }
            return ModelTransport(destination, system)
        }
        let surroundings = Pipeline.Surroundings(
            metrics: metrics, labels: try TenantLabels(limit: 200, outputs: plan.outputs.count, metrics: metrics),
            board: PipelineBoard(metrics), logger: Logger(label: "model", factory: { _ in ModelLog(time: time) }),
            system: system, tap: TapHub(), outside: outside)
        pipelines = try PipelinePart.all(configuration).map { try Pipeline($0, surroundings) }
        for (pipeline, destination) in zip(pipelines, destinations) {
            if pipeline.reader.spool?.storedLines ?? 0 > 0 {
                startsWithSpool.insert("\(pipeline.reader.output.name) \(destination.start)")
            }
            pipeline.reader.countSpooled()
        }
    }

    /// The system does that for a process that ends.
    func closeFiles() {
        for pipeline in pipelines { pipeline.reader.pool.closeAll() }
    }

    /// SIGKILL, and the next start.
    func kill() throws {
        countEvents()
        closeFiles()
        pipelines = []
        for destination in destinations { destination.abandon() }
        kills += 1
        time.trace("start \(kills)")
        system.callsToLive = nil
        let failsOneIn = system.failsOneIn
        system.failsOneIn = 0
        try start()
        system.failsOneIn = failsOneIn
    }

    private func countEvents() {
        count("disk faults", system.failures)
        guard let metrics else { return }
        metrics.registry.forEachSample { name, labels, value in
            switch name {
            case "shipper_file_events_total": count(labels.last?.value ?? "", Int(value))
            case "shipper_retries_total": count("retry \(labels.last?.value ?? "")", Int(value))
            case "shipper_dropped_lines_total": count("dropped \(labels.last?.value ?? "")", Int(value))
            case "shipper_checkpoint_failures_total", "shipper_spool_failures_total", "shipper_lost_bytes_total":
                count(name, Int(value))
            default: break
            }
        }
    }

    /// SIGTERM, and the next start.
    func restart() throws {
        for pipeline in pipelines { pipeline.stop() }
        let deadline = time.nowNanos + configuration.drainNanos + 1_000_000_000
        while time.nowNanos < deadline, pipelines.contains(where: { !$0.reader.isDrained(time.nowNanos) }) {
            drive(0.05)
        }
        for pipeline in pipelines { pipeline.reader.end() }
        try kill()
    }

    func count(_ event: String, _ number: Int = 1) { if number > 0 { events[event, default: 0] += number } }

    // MARK: - Time

    /// Lets time pass and both threads of every pipeline go round.
    func drive(_ seconds: Double) {
        time.nowNanos += Int64(seconds * 1e9)
        count("spool turns", pipelines.count { $0.reader.spool?.storedLines ?? 0 > 0 })
        for pipeline in pipelines {
            if generator.oneIn(2) { pipeline.reader.takeHints() }
            for _ in 0..<generator.int(1...3) where pipeline.reader.turn(time.nowNanos) {}
            pipeline.sender.turn()
            if generator.oneIn(2) { pipeline.sender.turn() }
        }
        if !system.isDead { checkAccount() }
    }

    func drive(for seconds: Double, step: Double) {
        for _ in 0..<Int(seconds / step) { drive(step) }
    }

    var isSettled: Bool {
        pipelines.allSatisfy { pipeline in
            let reader = pipeline.reader
            return reader.isSettled && reader.batcher.openBytes == 0
                && reader.files.values.allSatisfy { $0.lag.isEmpty && ($0.front >= $0.size || $0.shadowOf != nil) }
        }
    }

    /// Everything works and everything is read, sent and noted on the disk.
    func settle() -> Bool {
        for destination in destinations { destination.heal() }
        system.failsOneIn = 0
        var quiet = 0
        // A file that looks like an unfinished copy of another is left alone for the grace period.
        for _ in 0..<4000 where quiet < 10 {
            drive(0.7)
            quiet = isSettled ? quiet + 1 : 0
        }
        if quiet < 10 { traceFiles() }
        // Files without a name are given up once they are quiet for the grace period.
        if isFragile { drive(for: 12, step: 1) }
        for pipeline in pipelines { pipeline.reader.checkpoint() }
        return quiet >= 10
    }

    /// What is in the way of settling.
    private func traceFiles() {
        for pipeline in pipelines {
            let reader = pipeline.reader
            time.trace("\(reader.output.name): \(reader.pendingLines) lines pending, stalled \(reader.stalled)")
            for file in reader.files.values.sorted(by: { $0.serial < $1.serial }) {
                time.trace(
                    "\(file.serial) \(file.path) \(file.front) of \(file.size), lag \(file.lag.offsets), shadow of "
                        + "\(file.shadowOf ?? 0), after \(file.predecessor ?? 0), more \(file.mayHaveMore), finished "
                        + "\(file.isFinished), queued \(file.isQueued)")
            }
        }
    }

    // MARK: - What is done to it

    private var isKillSafe: Bool {
        guard isFragile else { return true }
        let isSafe = pipelines.allSatisfy { pipeline in
            !pipeline.reader.isDirty
                && !pipeline.reader.files.values.contains { $0.source.isPinned || !$0.source.hasName }
        }
        if isSafe { isFragile = false }
        return isSafe
    }

    func act() throws {
        let action = generator.int(0...23)
        time.trace("action \(action), \(lines.lines.count) lines")
        switch action {
        case 0...6: lines.write()
        case 7...11: drive(for: Double(generator.int(1...8)) * 0.1, step: 0.1)
        case 12: drive(for: Double(generator.int(1...40)), step: Double(generator.int(2...20)) / 10)
        case 13: lines.rename(generator.oneIn(3) ? "other.log" : "app.log")
        case 14: if generator.oneIn(3) { try remove() }
        case 15: if generator.oneIn(2) { try truncate() }
        case 16: destination { $0.troublesOneIn = $1.int(0...4) }
        case 17:
            destination { destination, generator in
                let tenant = ModelLines.tenants.randomElement(using: &generator) ?? "t0"
                destination.failingTenants.formSymmetricDifference([tenant])
            }
        case 18: destination { $0.isDown = $1.oneIn(4) }
        case 19: destination { destination, _ in destination.failingTenants = [] }
        case 20: time.wallShiftNanos += Int64(generator.int(-3600...3600)) * 1_000_000_000
        case 21: if plan.disk { system.failsOneIn = generator.oneIn(2) ? 0 : generator.int(2...40) }
        case 22: if plan.kills, isKillSafe, generator.oneIn(2) { try die() }
        default: if plan.kills, isKillSafe, generator.oneIn(4) { try restart() }
        }
    }

    private func destination(_ body: (ModelDestination, inout SeededGenerator) -> Void) {
        if let destination = destinations.randomElement(using: &generator) { body(destination, &generator) }
    }

    /// A kill between two turns, or at one of the next calls that change the disk.
    private func die() throws {
        if generator.oneIn(2) {
            system.callsToLive = generator.int(1...12)
            for _ in 0..<20 where !system.isDead { drive(0.3) }
        }
        try kill()
    }

    /// Every reader has the file open, and knows all of it by sight.
    /// Long enough for a look, which comes a second after inotify has told of something.
    private func show() {
        for _ in 0..<2 {
            for pipeline in pipelines { pipeline.reader.takeHints() }
            drive(1.2)
        }
    }

    private func remove() throws {
        let name = lines.names[generator.int(0...1)]
        guard lines.size(name) > 0, configuration.maxOpenFiles > 1 else { return }
        show()
        lines.remove(name)
        isFragile = true
        show()
    }

    private func truncate() throws {
        let name = lines.names[generator.int(0...1)]
        guard lines.size(name) > 0 else { return }
        lines.finishHalves()
        let inode = lines.inode(name)
        let fronts = pipelines.map { pipeline in
            pipeline.reader.files.values.first { $0.identity.inode == inode }?.front ?? 0
        }
        // A copy is recognised by its content, of which there has to be enough.
        let isProven = fronts.allSatisfy { $0 >= Int64(Resumption.provingBytes) }
        if isProven, generator.oneIn(2) {
            lines.truncate(name, keepingCopy: true)
        } else {
            guard settle() else { return problems.append("what is to be truncated is not read") }
            lines.truncate(name, keepingCopy: false)
        }
    }

    // MARK: - Checks

    /// acknowledged + dropped + dead + pending = read, for every output.
    private func checkAccount() {
        guard problems.count < 5, let metrics else { return }
        for pipeline in pipelines {
            let reader = pipeline.reader
            let name = reader.output.name
            let acknowledged = ModelLines.tenants.reduce(0) { $0 + metrics.ackedLines.bind([name, $1]).value }
            let settled = acknowledged + UInt64(dropped(name)) + metrics.deadLetters.bind([name]).value
            let read = Int(metrics.readLines.bind([name]).value)
            if Int(settled) + reader.pendingLines != read {
                problems.append("\(name): settled \(settled), pending \(reader.pendingLines), read \(read)")
            }
        }
    }

    func dropped(
        _ output: String, _ reasons: [String] = ["spool_full", "truncated", "spool_damaged", "partial_success"]
    ) -> Int {
        reasons.reduce(0) {
            $0 + Int(metrics?.droppedLines.bind([output, $1]).value ?? 0)
        }
    }

    func lost(_ reason: String) -> UInt64 { metrics?.lostBytes.bind([reason]).value ?? 0 }
}
