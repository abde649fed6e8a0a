import StructuredLog

/// What an exchange remembers until its log line is written.
struct ExchangeState {
    var startNanos: Int64 = 0
    /// When the upstream was asked, and how long it took in all attempts that are over.
    var upstreamStartNanos: Int64 = 0
    var upstreamNanos: Int64 = 0
    var requestBytes = 0
    var responseBytes = 0
    var attempts = 0
    var tenant: ByteSlice?
    var tenantSource = TenantSource.none
    var cell: LoopCell?
    var isLocal = false
    /// The upstream that was asked last.
    var pool: UpstreamPool?
    /// An exchange is counted as in flight.
    var isInFlight = false
    /// All of the request's body has been read and sent on.
    var requestDone = false
    /// Something of the body has been sent on, so that the request cannot be repeated.
    var bodyTouched = false
    var responseStarted = false
    /// Another attempt followed the first.
    var retried = false
    /// There was no upstream for the last attempt.
    var askedNobody = false
    /// A hedge has been faster.
    var isOvertaken = false
    var hadStaleConnection = false
    var hadRefusedStream = false
    var interimResponses = 0
    /// Of the answer; 0 before it has begun.
    var status = 0
    /// An upstream's answer has been received to its end.
    var answered = false
    /// Where the tenant, or without one the client's address, stands in tables.
    var tenantHash: UInt64 = 0
    var tenantPlace: TenantConcurrency.Place?
    /// The strictest rate limit that was asked.
    var rate: RateDecision?
    var retryAfterSeconds = 1
    var permit: CircuitBreaker.Permit?
    var ticket: AdmissionQueue<Exchange>.Ticket?
    /// A place under the cell's limit of requests in flight.
    var holdsPlace = false
    /// Of the attempt that runs; -1 when none does.
    var upstreamIndex = -1
    var lastUpstreamIndex = -1
    var isProbe = false
    var attemptStartNanos: Int64 = 0
    var tryStartNanos: Int64 = 0
    var headLatencyNanos: Int64?
    /// Of the whole exchange.
    var totalDeadlineNanos = Int64.max
}
