/// How often a request's trace is kept as an exemplar: keeping one takes about as long as all the rest of the counting.
struct ExemplarPace {
    /// Between two of ordinary requests.
    private let nanos: Int64
    private var nextNanos: Int64 = 0
    /// Requests that took so long always give one: they are what exemplars are looked at for.
    private static let slowNanos: Int64 = 100_000_000

    init(nanos: Int64) { self.nanos = nanos }

    @inline(__always)
    func allows(_ duration: Int64, now: Int64) -> Bool { now >= nextNanos || duration >= Self.slowNanos }

    @inline(__always)
    mutating func note(now: Int64) { nextNanos = SteadyTime.after(nanos, from: now) }
}
