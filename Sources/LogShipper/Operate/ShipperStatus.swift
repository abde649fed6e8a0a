/// What /status tells of an output.
struct OutputStatus: Sendable, Equatable {
    var name: String
    var codec: String
    var inFlight: Int
    var queuedTenants: Int
    var failingTenants: Int
    var queuedUnits: Int
}

/// What /status tells of a file.
struct FileStatus: Sendable, Equatable {
    var path: String
    var size: Int64
    var front: Int64
    var resumeOffset: Int64
    var tenantsBehind: Int
}

/// What /status and /readyz tell; the reader publishes it about once a second.
struct ShipperStatus: Sendable, Equatable {
    var files: [FileStatus] = []
    var isStarted = false
    var isDraining = false
    var pendingLines: [Int] = []
    var unackedBytes = 0
    var bufferedBytes = 0
    var checkpointSequence: UInt64 = 0
    var checkpointFailure: String?

    /// Why the shipper is not ready; nil when it is.
    var unreadiness: String? {
        if isDraining { return "draining" }
        if !isStarted { return "the files have not been looked at yet" }
        if let checkpointFailure { return "progress cannot be written: \(checkpointFailure)" }
        return nil
    }
}
