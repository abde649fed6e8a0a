/// Where spooled lines came from: what a dead letter names, and what deterministic ids are made of.
struct SpoolSource: Hashable, Sendable {
    var path: String
    /// See ``FileKey``.
    var key: UInt64
}
