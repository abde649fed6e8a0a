import GatewayMetrics
import Locking
import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The thread of one output's reader: finds files, cuts them into lines, closes batches, keeps the books and writes checkpoints.
///
/// The state machines decide (TailTable, Resumption, LagMap, Ledger); this gives them the clock and does their I/O.
/// Everything here belongs to that one thread except what is named `shared`.
final class ReaderLoop: @unchecked Sendable {
    let configuration: ShipperConfiguration
    let output: ShipperConfiguration.Output
    let metrics: ShipperMetrics
    let logger: Logger
    let store: CheckpointStore
    let tenants: TenantTable
    let batcher: Batcher
    let routers: [LineRouter]
    /// What tenants' rules say; nil without rules.
    var policies: TenantPolicies?
    let patterns: [PathPattern]
    let counts: TenantCounts
    let board: PipelineBoard
    private let readLines: Counter
    private let pendingGauge: Gauge
    /// The memory that batches may take.
    let windowBytes: Int
    let buffer: BlockBuffer
    let watch: DirectoryWatch
    let pool: DescriptorPool
    /// What this program writes itself is never read, or it would feed on itself.
    let own: OwnFiles
    var toldOwn: Set<FileIdentity> = []
    let shared: ReaderShared
    let outside: Outside

    var table: TailTable
    var files: [FileSerial: TailedFile] = [:]
    var serialOfPath: [String: FileSerial] = [:]
    /// What the checkpoint knows of files that were not seen yet in this run.
    var unclaimed = KnownFiles()
    /// Generations of files that were truncated and of which a copy may turn up.
    var truncated: [FileSerial: TailedFile] = [:]
    /// What the search by inode has found and could not be opened yet.
    var found: [Sighting] = []
    /// What the checkpoint knows and is certainly not where it was, until all inputs were looked at once.
    var absent: Set<FileIdentity> = []
    /// The files of this run for the search for copies; built when one look first opens a file, and gone after it.
    var liveFiles: KnownFiles?
    /// What one look has opened, each with the time when it was last written.
    var opened: [(modifiedNanos: Int64, file: TailedFile)] = []
    /// Names that a file has left and no other has taken yet.
    var leftPath: [String: FileSerial] = [:]
    /// Files that were closed when they left the globs.
    var strays: [TailedFile] = []
    /// The compressed file that is being read; one at a time, because each needs memory of its own.
    var activeGzip: FileSerial?
    /// Records of several lines that may go on, by file.
    var openRecords: [FileSerial: OpenRecord] = [:]
    /// Compressed files that ended within a member when they were last read.
    var cutGzips: Set<FileSerial> = []
    var turns = TurnQueue()
    /// Whether an earlier run left a checkpoint; `start_at` is for the very first one.
    var hasCheckpoint = false
    var nextSerial: FileSerial = 1
    /// Inputs that were not looked at yet in this run.
    var unlooked: Set<Int>
    /// Inputs whose look does not come back.
    var hanging: Set<Int> = []
    /// One for each input; without them the reader looks itself.
    var scouts: [InputScout] = []
    /// By remote device.
    var guardians: [UInt64: DeviceGuard] = [:]
    /// On which remote device a file is; tests say so of local ones.
    var remoteDevice: (Sighting) -> UInt64? = { sighting in
        MountTable.isRemote(sighting.identity.device) ? sighting.identity.device : nil
    }
    var looks: LookRhythm
    private var hintPace = HintPace()
    var needsScan = true

    var ledger = Ledger()
    var submit: (Batch) -> Void = { _ in }
    /// The sum of what the files' `givenBack` say.
    var givenBackLines = 0
    /// Lines by tenant that an earlier reader in this run of the program counted, and that are read again.
    var carried: [String: Int] = [:]
    /// Asks the sender for those of a tenant's batches of which nothing was sent; `givenBack` answers.
    var giveBack: (TenantID, Set<UInt64>) -> Void = { _, _ in }
    /// Tenants whose lines are not to be taken at the moment.
    var failing: Set<TenantID> = []
    /// Paths that were warned about because they cannot be opened.
    var unopened: Set<String> = []
    /// Since when the destination as a whole gets no requests.
    var downSinceNanos: Int64?
    /// Tenants whose requests fail or hang.
    var stalled: Set<TenantID> = []
    /// Nil where the output has none.
    var spool: SpoolBook?
    var nextRoomNanos: Int64 = 0
    /// Tells the sender that a checkpoint made room in what may be sent twice.
    var nudge: () -> Void = {}
    /// What passes behind the fronts leave of the window.
    var passReserve = 0
    /// Bytes settled since the last durable checkpoint: a kill now would send them again.
    var settledSinceCheckpoint = 0
    /// The most that may be spooled between two checkpoints.
    let spoolExposureBytes: Int
    /// What a kill would repeat has got less, or something else is worth writing down.
    var isDirty = false {
        didSet { if isDirty { isStatusStale = true } }
    }
    /// Lines were read since the last checkpoint. That alone is not worth one: after a kill they are read again either way.
    var hasRead = false {
        didSet { if hasRead { isStatusStale = true } }
    }
    /// CPU time that the last checkpoint took.
    var checkpointCostNanos: Int64 = 0
    /// Files have got keys that the checkpoint does not know, and that ids are made of.
    var hasNewKeys = false
    var checkpointFailure: String?
    var lastCheckpointNanos: Int64
    /// Only for what is compared with times of day; everything else goes by the monotonic clock.
    var wallNanos: () -> Int64
    var nextStatusNanos: Int64 = 0
    /// Something of what /status tells may be different from what it last told.
    var isStatusStale = true
    var drainUntilNanos: Int64?
    var nextReclaimNanos: Int64 = 0
    var nextForgetNanos: Int64 = 0

    init(
        _ part: PipelinePart, metrics: ShipperMetrics, labels: TenantLabels, board: PipelineBoard, logger: Logger,
        store: CheckpointStore, shared: ReaderShared, outside: Outside = Outside()
    ) {
        self.outside = outside
        wallNanos = outside.wallNanos
        configuration = part.configuration
        output = part.output
        windowBytes = part.windowBytes
        spoolExposureBytes = part.spoolExposureBytes
        self.metrics = metrics
        readLines = metrics.readLines.bind([part.output.name])
        pendingGauge = metrics.pendingLines.bind([part.output.name])
        self.board = board
        self.logger = logger
        self.store = store
        self.shared = shared
        let tenants = TenantTable(
            defaultTenant: part.configuration.defaultTenant, limit: part.configuration.maxTenants)
        let batcher = Batcher(limits: part.batchLimits)
        self.tenants = tenants
        self.batcher = batcher
        routers = part.configuration.inputs.map { input in
            let router = LineRouter(
                tenants: tenants, batcher: batcher, tenantField: input.tenantField, maxLineBytes: input.maxLineBytes,
                longLines: input.longLines,
                rule: input.multiline.flatMap { try? RecordRule($0, for: part.output.type) },
                tenantBudget: part.tenantBudget, wallNanos: outside.wallNanos)
            router.holdsDeadLetters = input.holdsDeadLetters
            return router
        }
        watch = DirectoryWatch()
        own = OwnFiles(part.configuration)
        pool = DescriptorPool(limit: part.configuration.openFileLimit)
        patterns = part.configuration.inputs.map { PathPattern(paths: $0.paths, exclude: $0.exclude) }
        counts = labels.makeCounts(reader: part.index, output: part.output.name)
        buffer = BlockBuffer(maxLineBytes: part.configuration.inputs.map(\.maxRecordBytes).max() ?? 1 << 20)
        unlooked = Set(part.configuration.inputs.indices)
        looks = LookRhythm(inputs: part.configuration.inputs.count)
        table = TailTable(graceNanos: part.configuration.rotateGraceNanos)
        lastCheckpointNanos = outside.monotonicNanos()
    }

    /// The thread's body: until a stop was asked for and everything is settled or the deadline has passed.
    func run() {
        startScouts()
        defer { stopScouts() }
        countSpooled()
        while true {
            let now = outside.monotonicNanos()
            let didRead = turn(now)
            if isDrained(now) { break }
            if didRead, !turns.isEmpty { takeHintsIfDue(now) } else { waitForWork(now) }
        }
        end()
    }

    /// Takes answers, looks, reads and closes, each where it is time; returns whether anything was read.
    func turn(_ now: Int64) -> Bool {
        takeEvents()
        releaseRates(now)
        reclaimTenants(now)
        forgetIfDue(now)
        noteStop(now)
        var didRead = false
        if drainUntilNanos == nil {
            scanIfDue(now)
            takeLooks(now)
            spoolTurn(now)
            relievePressure(now)
            makeRoom(now)
            didRead = readTurns(now)
            if !openRecords.isEmpty { closeOpenRecords(now) }
        }
        closeDue(now)
        writeSpool(now)
        checkpointIfDue(now)
        publishStatus(now)
        return didRead
    }

    /// After the last turn.
    func end() {
        takeEvents()
        checkpoint()
        pool.closeAll()
        shared.heart.end()
    }

    private func noteStop(_ now: Int64) {
        guard drainUntilNanos == nil, shared.isStopping.load(ordering: .acquiring) else { return }
        drainUntilNanos = now + configuration.drainNanos
        for tenant in batcher.open { router(of: tenant).close(tenant) }
        flushClosed()
    }

    func isDrained(_ now: Int64) -> Bool {
        guard let until = drainUntilNanos else { return false }
        return ledger.isEmpty || now >= until
    }

    /// Sleeps until a file changes, an output answers or a timer is due.
    private func waitForWork(_ now: Int64) {
        var until = checkpointDueNanos ?? .max
        // Most often something else happens soon, and it is told then.
        if isStatusStale { until = min(until, nextStatusNanos + ReaderLoop.statusPatienceNanos) }
        if let due = batcher.nextDueNanos { until = min(until, due) }
        if let release = policies?.nextReleaseNanos { until = min(until, release) }
        if let drain = drainUntilNanos {
            until = min(until, drain)
        } else {
            until = min(until, looks.dueNanos(configuration.rescanNanos, needsLook: needsScan))
            if let due = openRecords.values.lazy.map(\.dueNanos).min() { until = min(until, due) }
        }
        let isWatching = drainUntilNanos == nil
        let isPaused = hintPace.isPaused(nowNanos: now)
        if isWatching, isPaused { until = min(until, hintPace.pausedUntilNanos) }
        // Without a descriptor (-1) `poll` leaves an entry alone.
        var descriptors = [
            pollfd(fd: shared.wake.readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isWatching && !isPaused ? watch.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        let millis = (max(0, min(1_000_000_000, until - now)) + 999_999) / 1_000_000
        _ = poll(&descriptors, nfds_t(descriptors.count), Int32(millis))
        if descriptors[0].revents != 0 { shared.wake.drain() }
        if descriptors[1].revents != 0 || isPaused { takeHintsIfDue(outside.monotonicNanos()) }
    }

    /// While one file has a backlog, too: the others must not wait for the next look.
    private func takeHintsIfDue(_ now: Int64) {
        if !hintPace.isPaused(nowNanos: now), takeHints() { hintPace.taken(nowNanos: now) }
    }

    /// Hints only make the next look earlier. Returns whether there were any.
    @discardableResult
    func takeHints() -> Bool {
        let hints = watch.takeHints()
        if hints.needsScan { needsScan = true }
        for path in hints.written {
            if let serial = serialOfPath[path], let file = files[serial] {
                wantsTurn(file)
            }
        }
        return hints != DirectoryWatch.Hints()
    }

    /// Tenants are shared by all inputs, so any router may close a batch.
    func router(of tenant: TenantID) -> LineRouter { routers[0] }

    func closeDue(_ now: Int64) {
        for tenant in batcher.due(nowNanos: now) { router(of: tenant).close(tenant) }
        flushClosed()
    }

    /// Books the closed batches and gives them to the sender.
    func flushClosed() {
        for router in routers where !router.closed.isEmpty {
            for batch in router.closed {
                countRead(newLines(batch), tenant: batch.tenant, name: batch.tenantName)
                if let tenant = spool?.tenants[batch.tenant], tenant.isSpooling {
                    spool?.heldBytes += batch.byteCount
                    tenant.waiting.append(batch)
                } else {
                    ledger.add(batch)
                    submit(batch)
                }
            }
            router.closed.removeAll(keepingCapacity: true)
        }
        updatePendingGauges()
    }

    func countRead(_ lines: Int, tenant: TenantID, name: String) {
        readLines.increment(by: UInt64(max(0, lines)))
        counts.countLines(lines, tenant: tenant, name: name)
    }

    func countDropped(_ lines: Int, _ reason: String) {
        metrics.droppedLines.bind([output.name, reason]).increment(by: UInt64(max(0, lines)))
    }

    /// Lines that count as read and are not settled.
    var pendingLines: Int {
        ledger.pendingLines + givenBackLines + carried.values.reduce(0, +) + (spool?.pendingLines ?? 0)
    }

    /// Whether everything that was read is settled.
    var isSettled: Bool { ledger.isEmpty && givenBackLines == 0 && carried.isEmpty && spool?.pendingLines ?? 0 == 0 }

    func updatePendingGauges() {
        pendingGauge.set(Double(pendingLines))
    }
}

/// What dead letters and ids say of the file that a line came from.
struct FileOrigin: Sendable {
    var path: String
    /// See ``FileKey``.
    var key: UInt64
}

/// What other threads may touch of the reader.
final class ReaderShared: Sendable {
    let wake: WakePipe
    let events = Mailbox<SenderEvent>()
    let isStopping = Atomic<Bool>(false)
    let status = Locked(ReaderStatus())
    /// Beats once a turn of the reader.
    let heart = Heartbeat()
    /// The files that lines may still refer to.
    let origins = Locked<[FileSerial: FileOrigin]>([:])
    let exposure: Exposure

    /// - Parameter maxUnackedBytes: the most that a kill may make the shipper send twice of what was sent
    init(maxUnackedBytes: Int) throws(SystemError) {
        wake = try WakePipe()
        exposure = Exposure(limitBytes: maxUnackedBytes)
    }
}

extension ShipperConfiguration {
    /// How many log files one reader holds open.
    var openFileLimit: Int {
        let connections = outputs.reduce(0) { $0 + $1.concurrency.upperBound * 3 / 2 + 64 }
        return DescriptorPool.limit(
            wanted: maxOpenFiles / max(1, outputs.count), processLimit: DescriptorPool.raiseProcessLimit(),
            reserved: 64 + connections, shares: outputs.count)
    }

    /// What decides a line's tenant; tenants' offsets in a checkpoint only count under the same rules.
    var routingHash: UInt64 {
        let texts = inputs.filter { !$0.holdsDeadLetters }.map { input in
            "\(input.tenantField)\n\(input.maxLineBytes)\n"
                + (input.longLines == .drop ? "" : "\(input.longLines)\n")
                + (input.multiline.map { "\($0)\n" } ?? "")
        }
        return StableHash.hash(texts.joined().utf8)
    }
}
