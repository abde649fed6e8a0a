/// A block that was handed out, and where it stands.
struct SpooledFrame: Equatable {
    /// Where to go back to for reading it again.
    var position: SpoolPosition
    /// The first of its lines that is left.
    var start: SpoolMark
    /// The end of its lines.
    var end: SpoolMark
    var block: SpooledBlock
}
