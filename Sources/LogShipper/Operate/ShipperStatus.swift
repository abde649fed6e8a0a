/// What /status tells of an output.
struct OutputStatus: Sendable, Equatable {
    var name: String
    var codec: String
    var inFlight: Int
    var queuedTenants: Int
    var failingTenants: Int
    var queuedUnits: Int

    init(_ lane: OutputLane, inFlight: Int = 0) {
        name = lane.configuration.name
        codec = lane.codecName
        self.inFlight = inFlight
        queuedTenants = lane.queues.count
        failingTenants = lane.queues.values.count { $0.isFailing }
        queuedUnits = lane.queues.values.reduce(0) { $0 + $1.unitCount }
    }
}

/// What /status tells of a file.
struct FileStatus: Sendable, Equatable {
    var path: String
    var size: Int64
    var front: Int64
    var resumeOffset: Int64
    var tenantsBehind: Int
}

/// What the reader of a pipeline tells, about twice a second.
struct ReaderStatus: Sendable, Equatable {
    var files: [FileStatus] = []
    var isStarted = false
    var isDraining = false
    var pendingLines = 0
    var unackedBytes = 0
    var bufferedBytes = 0
    var checkpointSequence: UInt64 = 0
    var checkpointFailure: String?
}

/// What /status and /readyz tell of one output and its pipeline.
struct PipelineStatus: Sendable, Equatable {
    var reader: ReaderStatus
    var output: OutputStatus

    /// Why the pipeline is not ready; nil when it is.
    var unreadiness: String? {
        if reader.isDraining { return "\(output.name): draining" }
        if !reader.isStarted { return "\(output.name): the files have not been looked at yet" }
        if let failure = reader.checkpointFailure { return "\(output.name): progress cannot be written: \(failure)" }
        return nil
    }
}
