import RegularExpressions

/// How lines are joined to records, for stack traces: a line in which the pattern is not found belongs to the record
/// before it.
struct RecordRule: Sendable {
    let start: RegexSearch
    let maxLines: Int
    let maxBytes: Int
    /// How long a record that may go on is waited for.
    let timeoutNanos: Int64
    /// A record of several lines becomes `{"message": …}`, for outputs that put lines after one another as they are.
    let wraps: Bool

    /// Fails only on a pattern that the configuration has let pass.
    init(_ multiline: ShipperConfiguration.Multiline, for type: ShipperConfiguration.OutputType) throws(RegexError) {
        start = try RegexSearch(multiline.start)
        maxLines = multiline.maxLines
        maxBytes = multiline.maxBytes
        timeoutNanos = multiline.timeoutNanos
        wraps = type == .ndjson || type == .file
    }
}
