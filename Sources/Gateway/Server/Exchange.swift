import GatewayMetrics
import StructuredLog

/// One request and its answer: what is decided about it, which upstream it is carried to, what is counted and logged.
///
/// It knows neither how the client is spoken to (``Downstream``) nor how the upstream is (``UpstreamLeg``). Exchanges are
/// used again and again (``PlaneLoop/takeExchange(for:)``): whoever ends one must not touch it afterwards. Hot path:
/// benchmark `gateway`.
final class Exchange: DeadlineEntry {
    enum Phase {
        /// Not in use, or its head is being read.
        case idle
        /// Waiting for a place at the cell.
        case queued
        /// Waiting for a connection to an upstream.
        case connecting
        /// Between two attempts.
        case pausing
        /// An upstream is attached: the body goes out, the answer comes back.
        case streaming
        /// Bytes pass both ways, unseen.
        case tunnel
        /// Collecting the body of a request that the gateway answers itself.
        case localBody
        /// The local handler is at work.
        case localPending
        /// A local answer is going out while its body is being made.
        case localStreaming
    }

    let loop: PlaneLoop
    /// The two are set and forgotten together, for the time of a request.
    private(set) var downstream: (any Downstream)?
    private(set) var peer: ClientPeer?
    var leg: (any UpstreamLeg)?
    var phase = Phase.idle
    var state = ExchangeState()
    var identity = RequestIdentity()
    var parser: RequestHeadParser
    var localBody: [UInt8] = []
    var localStream: (any LocalBodyStream)?
    /// Why the last upstream could not be reached; empty if it could.
    var cause = ""
    /// The other one of a request that two upstreams have been asked for.
    var twin: Exchange?
    /// It is the second one; see ``awaitHedge()``.
    var isHedge = false
    /// Tells late answers for an earlier request from those for this one.
    private(set) var generation: UInt64 = 0
    private var head = ByteQueue()

    /// So much memory is kept for the next head.
    private static let keptHeadBytes = 4_096

    init(loop: PlaneLoop) {
        self.loop = loop
        parser = RequestHeadParser(limits: loop.settings.limits, tenantHeader: loop.settings.tenancy.header)
    }

    // MARK: - Life

    /// A request's first byte has come.
    func open(for downstream: any Downstream, now: Int64) {
        self.downstream = downstream
        peer = downstream.peer
        state.startNanos = now
    }

    /// The request's head, or what there is of it.
    func adopt(head bytes: UnsafeRawBufferPointer) {
        head.clear()
        head.append(bytes)
    }

    /// Adds bytes behind the head's; gives where they begin, and all of them.
    func extend(head bytes: [UInt8]) -> (Int, UnsafeRawBufferPointer) {
        let start = head.count
        head.append(bytes)
        return (start, head.readable)
    }

    /// The request head's bytes; slices of the parsed head point into it.
    @inline(__always) var headBytes: UnsafeRawBufferPointer { head.readable }

    /// Forgets everything about the request that is over.
    func reset() {
        generation &+= 1
        downstream = nil
        peer = nil
        leg = nil
        phase = .idle
        state = ExchangeState()
        deadlineNanos = .max
        parser.reset()
        localStream = nil
        if !cause.isEmpty { cause = "" }
        twin = nil
        isHedge = false
        if !localBody.isEmpty {
            loop.giveBackLocalBody(localBody.count)
            localBody = []
        }
        head.clear(keeping: Self.keptHeadBytes)
    }

    /// It was made with these limits.
    func isCurrent(_ settings: DataPlaneSettings) -> Bool {
        parser.isMade(with: settings.limits, tenantHeader: settings.tenancy.header)
    }

    /// The last thing that happens to an exchange.
    func end() {
        guard let downstream else { return }
        downstream.exchangeEnded(self)
    }

    // MARK: - From the client

    /// It can take more of the request's body.
    var canTakeBody: Bool {
        switch phase {
        case .streaming, .tunnel: leg?.isWritable ?? false
        case .localBody: true
        case .idle, .queued, .connecting, .pausing, .localPending, .localStreaming: false
        }
    }

    /// A piece of the body. Afterwards the exchange may be over.
    func take(body: UnsafeRawBufferPointer) {
        state.requestBytes += body.count
        if phase == .localBody { return takeLocal(body) }
        guard state.requestBytes <= bodyLimit else {
            return fail(GatewayError(.bodyTooLarge, .bodyTooLarge, "the request body is too large"), .canceled)
        }
        state.bodyTouched = true
        leg?.write(body: body)
        arm(loop.settings.timeouts.bodyNanos)
    }

    /// The body is complete. Afterwards the exchange may be over.
    func endBody() {
        state.requestDone = true
        if phase == .localBody { return callLocalHandler() }
        leg?.endBody()
        // The limit of a try counts from the complete request on.
        state.tryStartNanos = loop.io.now
        arm(state.responseStarted ? idleNanos : headNanos)
    }

    /// The body is malformed.
    func bodyFault(_ fault: SyntaxFault) {
        if phase == .localBody { return refuse(fault.downstream) }
        fail(fault.downstream, .canceled)
    }

    /// The client has gone: nobody waits for the answer.
    func clientGone() {
        cancelLocalStream()
        if phase == .tunnel { return endTunnel(.success) }
        dropHedge()
        noteUpstreamTime()
        if let leg {
            countOutcome(.canceled)
            self.leg = nil
            leg.abandon()
        } else {
            state.pool?.forgetWaiting(self)
        }
        record(status: ErrorCode.clientClosed.status, code: .clientClosed)
        end()
    }

    /// The gateway stops before the answer is complete: that is not the client's doing.
    func cutOff() {
        switch phase {
        case .idle: break
        case .tunnel: endTunnel(.canceled)
        case .localStreaming:
            cancelLocalStream()
            breakOff(.overloaded, "the gateway is stopping")
        case .queued, .connecting, .pausing, .streaming, .localBody, .localPending:
            if leg == nil { state.pool?.forgetWaiting(self) }
            fail(GatewayError(.overloaded, .overloaded, "the gateway is stopping", source: .internal), .canceled)
        }
    }

    /// The client takes more of the answer.
    func answerBecameWritable() {
        if phase == .localStreaming { return pumpLocalStream() }
        guard let leg else { return }
        arm(phase == .tunnel ? loop.settings.timeouts.tunnelNanos : idleNanos)
        leg.resume()
    }

    var bodyLimit: Int { state.cell?.bodyLimit ?? loop.settings.limits.bodyBytes }

    // MARK: - Time

    override func deadlinePassed(now: Int64) {
        switch phase {
        case .idle, .localPending, .queued: break
        case .connecting, .streaming, .pausing: timedOut()
        case .tunnel: endTunnel(.timeout)
        case .localBody:
            refuse(GatewayError(.requestTimeout, .bodyTimeout, "the request body did not arrive in time"))
        case .localStreaming:
            cancelLocalStream()
            breakOff(.clientClosed, "the client did not read its answer in time")
        }
    }

    /// The time since the upstream was asked counts as the upstream's.
    func noteUpstreamTime() {
        guard state.upstreamStartNanos > 0 else { return }
        state.upstreamNanos += loop.io.now - state.upstreamStartNanos
        state.upstreamStartNanos = 0
    }

    // MARK: - Ends

    /// Answers with an error that is the gateway's own.
    func refuse(_ error: GatewayError) {
        if isHedge { return endHedge(.canceled) }
        dropHedge()
        noteUpstreamTime()
        loop.telemetry?.countRejection(error.reason)
        state.status = error.code.status
        downstream?.write(refusal: error, of: self)
        record(status: error.code.status, code: error.code, message: error.message)
        end()
    }

    /// The answer has begun and cannot be completed (attack case 95).
    func breakOff(_ code: ErrorCode, _ message: StaticString) {
        noteUpstreamTime()
        record(status: state.status, code: code, message: message)
        downstream?.breakOff(self)
        end()
    }

    /// The answer is complete.
    func finish() {
        record(status: state.status, code: nil)
        end()
    }
}
