/// What one output's pipeline is made from.
struct PipelinePart: Sendable {
    /// The pipeline's number in this run of the program.
    var index: Int
    var configuration: ShipperConfiguration
    var output: ShipperConfiguration.Output
    /// The memory that batches may take.
    var windowBytes: Int

    /// One tenant's share of the window while there are others.
    var tenantBudget: Int { windowBytes / 2 }
    /// Batches are so small that several fit in what a kill may send twice.
    var batchLimits: BatchLimits {
        BatchLimits(
            maxBytes: min(output.batchMaxBytes, max(1024, configuration.maxUnackedBytes / 4)),
            maxLines: output.batchMaxLines, maxAgeNanos: output.batchMaxAgeNanos)
    }

    /// Of what a kill may send twice, the part that is kept for lines that were spooled since the last checkpoint: they
    /// stand in their files as well, and a kill leaves both. As much as the largest batch.
    var spoolExposureBytes: Int { output.spool.maxBytes > 0 ? configuration.maxUnackedBytes / 4 : 0 }
    /// The rest is for requests.
    var sendExposureBytes: Int { configuration.maxUnackedBytes - spoolExposureBytes }

    /// Where everything of this output that must survive is kept.
    var directory: String { configuration.directory(of: output.name) }

    /// The parts of a configuration, one for each output. They share the budget of memory.
    static func all(_ configuration: ShipperConfiguration) -> [PipelinePart] {
        let share = configuration.memoryBytes / max(1, configuration.outputs.count)
        return configuration.outputs.enumerated().map { index, output in
            PipelinePart(
                index: index, configuration: reading(configuration, for: output.name), output: output,
                windowBytes: share)
        }
    }
}

extension ShipperConfiguration {
    /// The directory of one output below the state directory.
    func directory(of output: String) -> String { "\(stateDirectory)/outputs/\(output)" }
}
