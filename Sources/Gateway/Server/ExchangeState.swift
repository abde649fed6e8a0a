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
    var retriedStale = false
    var retriedConnect = false
    var interimResponses = 0
    /// Of the answer; 0 before it has begun.
    var status = 0
}
