/// How much room an output's dead letters may take, and what happens when they have it all.
public struct DeadLetterLimits: Sendable, Equatable {
    /// What happens to the next letter when all files are full.
    public enum Policy: String, Sendable, CaseIterable {
        /// The tenant whose line was refused waits, and `shipper_retries_total{reason="dead_letter_file"}` says so.
        case block
        /// The oldest file goes; `shipper_dead_letters_removed_total` counts its letters.
        case dropOldest = "drop_oldest"
    }

    /// A file that has reached this size, in bytes, gets no more letters.
    public var maxFileBytes: Int64 = 64 << 20
    /// The number of files, the one that is being written included.
    public var keptFiles = 8
    /// What happens when all are full.
    public var policy = Policy.block

    /// The defaults: half a gibibyte, and a tenant that waits beyond it.
    public init() {}
}
