/// What became of an upstream, for the log and the metrics.
enum EjectionChange: Equatable {
    /// Left out until then; after that a request probes it.
    case ejected(index: Int, untilNanos: Int64)
    /// It gets requests again.
    case readmitted(index: Int)
}
