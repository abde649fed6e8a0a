/// What a checkpoint holds of one tenant's spool.
struct SpoolHead: Equatable, Sendable {
    /// Which life of the spool the marks belong to.
    var incarnation: UInt64
    /// Everything before is done.
    var head: SpoolMark
    /// Everything before was counted as moved from the log files to the spool.
    var end: SpoolMark
    /// What between the two is not to be delivered.
    var gaps: [SpoolGaps.Gap] = []
}
