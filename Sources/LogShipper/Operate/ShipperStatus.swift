/// What a tenant's queue at an output looks like.
struct QueueStatus: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case ready
        case sending
        /// Waits for another try.
        case waiting(untilNanos: Int64)
        /// Could be sent, but the destination is taken for down.
        case held
    }

    var batches: Int
    var state: State
    /// Requests that failed in a row.
    var failures: Int

    /// - Parameter isHeld: whether the output's circuit is open
    init(_ queue: TenantQueue, isHeld: Bool = false) {
        batches = queue.unitCount
        failures = queue.attempt
        state =
            switch queue.phase {
            case .idle, .ready: isHeld ? .held : .ready
            case .busy: .sending
            case .waiting(let until): .waiting(untilNanos: until)
            }
    }
}

/// What /status tells of an output.
struct OutputStatus: Sendable, Equatable {
    /// How many tenants' queues are told one by one.
    static let shownQueues = 200

    var name: String
    var codec: String
    var inFlight: Int
    var queuedTenants: Int
    var failingTenants = 0
    var queuedUnits = 0
    var health = OutputHealth()
    /// While it is not closed the destination is taken for down: it gets one probe at a time.
    var circuit = CircuitBreaker.State.closed
    /// How many requests it gets at a time now, and how many at least and at most.
    var concurrencyLimit: Int
    var concurrencyBounds: ClosedRange<Int>
    /// The longest queues, and those that fail.
    var queues: [TenantID: QueueStatus] = [:]

    init(_ lane: OutputLane, inFlight: Int = 0, health: OutputHealth = OutputHealth()) {
        name = lane.configuration.name
        codec = lane.codecName
        self.inFlight = inFlight
        self.health = health
        circuit = lane.plan.breaker.state
        concurrencyLimit = lane.plan.limit.current
        concurrencyBounds = lane.plan.limit.bounds
        queuedTenants = lane.plan.queues.count
        var longest = TopList<(TenantID, TenantQueue)>(limit: OutputStatus.shownQueues)
        for (tenant, queue) in lane.plan.queues {
            if queue.isFailing { failingTenants += 1 }
            queuedUnits += queue.unitCount
            longest.offer(Int64(queue.unitCount) + (queue.isFailing ? 1 << 32 : 0), (tenant, queue))
        }
        for (tenant, queue) in longest.sorted { queues[tenant] = QueueStatus(queue, isHeld: isCircuitOpen) }
    }

    var isCircuitOpen: Bool { circuit != .closed }

    /// When a tenant's next request may be sent; nil where that needs no waiting or nobody knows.
    func nextTryNanos(_ queue: QueueStatus?) -> Int64? {
        switch (queue?.state, circuit) {
        case (.waiting(let until), _): until
        case (.held, .open(let until)): until
        default: nil
        }
    }
}

/// What /status tells of a file.
struct FileStatus: Sendable, Equatable {
    var path: String
    var size: Int64
    var front: Int64
    var resumeOffset: Int64
    var tenantsBehind: Int

    /// Bytes that are not settled, leaving aside what stands in batches.
    var lagBytes: Int64 { FileStatus.lagBytes(size: size, front: front, resumeOffset: resumeOffset) }

    static func lagBytes(size: Int64, front: Int64, resumeOffset: Int64) -> Int64 {
        max(0, size - front) + (front - resumeOffset)
    }
}

/// How far a tenant is behind.
struct TenantLag: Sendable, Equatable {
    var id: TenantID
    var name: String
    /// Bytes behind the files' fronts that are still to be read for it.
    var lagBytes: Int64
    /// Bytes in batches.
    var unackedBytes: Int
    /// Bytes of its spool on the disk.
    var spoolBytes: Int64 = 0
}

/// What /status tells of an output's spools.
struct SpoolStatus: Sendable, Equatable {
    /// Bytes on the disk.
    var bytes: Int64 = 0
    /// The most that they may be; 0 where nothing is spooled.
    var limitBytes: Int64 = 0
    /// Lines that are only there.
    var lines = 0
    /// Tenants that have one.
    var tenants = 0
    /// How long ago the oldest of these lines was read.
    var oldestNanos: Int64 = 0
    /// Why the last write failed; nil where it worked.
    var failure: String?
}

/// What the reader of a pipeline tells, about twice a second.
struct ReaderStatus: Sendable, Equatable {
    /// How many files and tenants are told one by one: those with the most left to do.
    static let shownFiles = 1000
    static let shownTenants = 50

    var files: [FileStatus] = []
    var fileCount = 0
    var tenants: [TenantLag] = []
    var tenantsBehind = 0
    var lagBytes: Int64 = 0
    var spool = SpoolStatus()
    var isStarted = false
    var isDraining = false
    var pendingLines = 0
    var unackedBytes = 0
    var bufferedBytes = 0
    var checkpointSequence: UInt64 = 0
    var checkpointFailure: String?
    /// Time since progress was last known to be on the disk; 0 where there is nothing to be written.
    var checkpointAgeNanos: Int64 = 0
}

/// What /status and /readyz tell of one output and its pipeline.
struct PipelineStatus: Sendable, Equatable {
    var reader: ReaderStatus
    var output: OutputStatus
    /// For how long a thread has been stuck, by the thread's name.
    var stuck: [String: Int64] = [:]

    /// Why the pipeline is not ready, one reason a line.
    ///
    /// - Parameter failingAfterNanos: for how long all requests must have failed; 0 for never
    func unreadiness(nowNanos: Int64, failingAfterNanos: Int64) -> [String] {
        var reasons: [String] = []
        if reader.isDraining { reasons.append("draining") }
        if !reader.isStarted { reasons.append("the files have not been looked at yet") }
        if let failure = reader.checkpointFailure { reasons.append("progress cannot be written: \(failure)") }
        if failingAfterNanos > 0, let since = output.health.failingSinceNanos, nowNanos - since >= failingAfterNanos {
            let error = output.health.lastError?.text ?? ""
            reasons.append("all requests have failed for \(SizeText.duration(nanos: nowNanos - since)): \(error)")
        }
        return reasons.map { "\(output.name): \(TextTable.plain($0, 500))" }
    }

    /// Which threads do not go round their loops any more.
    var deadness: [String] {
        stuck.sorted { $0.key < $1.key }.map { thread, nanos in
            "\(output.name): the \(thread) has not moved for \(SizeText.duration(nanos: nanos))"
        }
    }
}
