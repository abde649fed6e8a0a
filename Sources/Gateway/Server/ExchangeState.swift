import NIOCore
import StructuredLog

/// One request and its answer: what a client connection remembers until the log line is written.
struct Exchange {
    /// The request head's bytes; slices of the parsed head point into it.
    var headBytes = ByteBuffer()
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
    /// Something of the body has been taken from the client's bytes, so that the request cannot be repeated.
    var bodyTouched = false
    var responseStarted = false
    var retriedStale = false
    var retriedConnect = false
    var interimResponses = 0
    var delivery = ForwardedResponse.Delivery.none(declaredLength: nil)
    var status = 0
    /// The connection can carry another request after this one.
    var keepAlive = true
}
