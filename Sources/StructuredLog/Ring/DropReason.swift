/// Why a line was dropped: the `reason` of `gateway_log_dropped_total`.
public enum DropReason: Int, Sendable, CaseIterable {
    /// The writer is slower than the traffic and the ring was full.
    case ringFull
    /// The ring was full because the file could not be written.
    case writeError
    /// The line came after ``LogSink/close(deadlineNanos:)``, or the deadline passed before it was written.
    case closed

    /// The label value.
    public var name: String {
        switch self {
        case .ringFull: "ring_full"
        case .writeError: "write_error"
        case .closed: "closed"
        }
    }
}
