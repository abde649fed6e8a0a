import CurlHTTP
import GatewayMetrics
import Locking
import Logging
import Synchronization

/// What the sender tells the reader.
enum SenderEvent: Sendable {
    case settled(Settlement)
    /// A tenant's requests began to fail, or work again.
    case failing(TenantID, Bool)
    /// From now on the destination as a whole gets no requests but probes, or gets requests again. While it is down all
    /// tenants that have something queued count as failing; `tenants` are those that this changes.
    case destination(isDown: Bool, tenants: [TenantID])
    /// The answer to `Sender.giveBack`: these batches were dropped, nothing of them was sent.
    case givenBack(TenantID, Set<UInt64>)
}

/// Sends one output's batches with libcurl's multi interface, on one thread. Everything that decides is in the lane and its
/// queues; this drives sockets, files and the clock.
final class Sender: @unchecked Sendable {
    private enum Order: Sendable {
        case send(Batch)
        case giveBack(TenantID, Set<UInt64>)
    }

    struct Request {
        var ticket: Ticket
        var bodyBytes: Int
    }

    private struct Series {
        let sentBytes: Counter
        let concurrencyLimit: Gauge
        let circuitOpen: Gauge
        let failingTenants: Gauge

        init(_ metrics: ShipperMetrics, output: String) {
            sentBytes = metrics.sentBytes.bind([output])
            concurrencyLimit = metrics.concurrencyLimit.bind([output])
            circuitOpen = metrics.circuitOpen.bind([output])
            failingTenants = metrics.failingTenants.bind([output])
        }
    }

    /// The id of the request for a token; others count from 1, and 0 asks for acknowledgements.
    static let tokenRequest = UInt64.max
    /// How often requests in flight are looked at.
    private static let lookNanos: Int64 = 200_000_000

    let transport: any Transport
    let outside: Outside
    let lane: OutputLane
    private let inbox = Mailbox<Order>()
    private let events: Mailbox<SenderEvent>
    let exposure: Exposure
    private let wakeReader: @Sendable () -> Void
    let metrics: ShipperMetrics
    /// Those that change with every request.
    private let series: Series
    private let logger: Logger
    let pathOf: @Sendable (FileSerial) -> String
    let isStopping = Atomic<Bool>(false)
    private let status: Locked<OutputStatus>
    let tap: TapHub
    /// Beats once a turn of the thread.
    let heart = Heartbeat()

    // Only the sender's thread touches what follows.
    var random: Jitter
    /// Accepted requests, where the destination acknowledges them.
    var acks: SplunkAcks<Accepted>?
    private var inFlight: [UInt64: Request] = [:]
    /// Tenants that the reader knows to fail or to hang.
    private var reported: Set<TenantID> = []
    /// The destination as a whole gets no requests but probes.
    private var isDown = false
    var lacksCredentials = false
    /// Bytes of tenants' units that may have arrived although no answer came, and that wait for another try.
    private var doubtful: [TenantID: Int] = [:]
    private var nextLookNanos: Int64 = 0
    private var nextRequest: UInt64 = 1
    private var lastComplaintNanos = Int64.min / 2
    private var hasComplained = false
    private var nextStatusNanos: Int64 = 0
    var isStatusStale = false
    var health = OutputHealth()

    init(
        lane: OutputLane, events: Mailbox<SenderEvent>, exposure: Exposure, metrics: ShipperMetrics, logger: Logger,
        tap: TapHub, outside: Outside = Outside(),
        pathOf: @escaping @Sendable (FileSerial) -> String, wakeReader: @escaping @Sendable () -> Void
    ) throws(CurlError) {
        transport = try outside.transport(
            lane.configuration.name, max(8, lane.configuration.concurrency.upperBound))
        self.outside = outside
        random = outside.jitter()
        self.lane = lane
        self.events = events
        self.exposure = exposure
        self.metrics = metrics
        series = Series(metrics, output: lane.configuration.name)
        self.logger = logger
        self.tap = tap
        self.pathOf = pathOf
        self.wakeReader = wakeReader
        status = Locked(OutputStatus(lane))
        if let options = lane.configuration.splunk.acks {
            acks = SplunkAcks(pollNanos: options.pollNanos, timeoutNanos: options.timeoutNanos)
        }
        showState()
    }

    /// Any thread.
    func submit(_ batch: Batch) {
        if inbox.post(.send(batch)) { transport.wakeup() }
    }

    /// Any thread: asks for those of a tenant's batches of which nothing was sent. `givenBack` answers.
    func giveBack(_ tenant: TenantID, _ batches: Set<UInt64>) {
        if inbox.post(.giveBack(tenant, batches)) { transport.wakeup() }
    }

    /// Any thread: requests that waited for a checkpoint may start.
    func nudge() {
        if exposure.takeAwaited() { transport.wakeup() }
    }

    /// Any thread; requests in flight are given up.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        transport.wakeup()
    }

    /// Any thread: what /status shows, about a second old while anything happens.
    var outputStatus: OutputStatus { status.withLock { $0 } }

    /// The thread's body.
    func run() {
        while !isStopping.load(ordering: .acquiring) { turn() }
        heart.end()
    }

    /// Starts what may start, waits for answers or the next timer, and follows what came.
    func turn() {
        for order in inbox.takeAll() { follow(order) }
        let now = outside.monotonicNanos()
        heart.beat(now)
        lookForHanging(now)
        lane.plan.tick(nowNanos: now)
        startRequests()
        reportDestination()
        askForAcks(now)
        publishStatus(now)
        let longest = inFlight.isEmpty ? (lacksCredentials ? 1_000_000_000 : 5_000_000_000) : Sender.lookNanos
        let timers = [lane.plan.nextNanos(nowNanos: now), acks?.nextNanos].compactMap(\.self)
        var wait = timers.min().map { min(longest, max(0, $0 - now)) } ?? longest
        // What changed since the last status is told soon, also when nothing else happens.
        if isStatusStale { wait = min(wait, max(0, nextStatusNanos - now) + ReaderLoop.statusPatienceNanos) }
        for completion in transport.poll(timeoutMillis: Int(wait / 1_000_000) + 1) { finish(completion) }
    }

    private func follow(_ order: Order) {
        switch order {
        case .send(let batch):
            isStatusStale = true
            lane.plan.enqueue(Unit(whole: batch))
            if isDown { report(batch.tenant) }
        case .giveBack(let tenant, let batches):
            let unsent = lane.plan.unsent(tenant, among: batches)
            lane.plan.remove(unsent, of: tenant)
            post(.givenBack(tenant, unsent))
        }
    }

    /// A tenant whose request hangs is to the reader like one whose requests fail.
    private func lookForHanging(_ now: Int64) {
        guard now >= nextLookNanos else { return }
        nextLookNanos = now + Sender.lookNanos
        for (id, var request) in inFlight where !request.ticket.isHanging {
            guard now - request.ticket.startedNanos >= lane.plan.hangsAfterNanos else { continue }
            lane.plan.noteHanging(&request.ticket)
            inFlight[id] = request
            report(request.ticket.unit.batch.tenant)
        }
    }

    private func startRequests() {
        if let archive = lane.archive { return store(in: archive) }
        guard isAuthenticated() else { return }
        while let allowance,
            let ticket = lane.plan.startNext(nowNanos: outside.monotonicNanos(), maxBytes: allowance)
        {
            let id = nextRequest
            nextRequest += 1
            do {
                let request = try lane.request(for: ticket.unit)
                try transport.add(request, id: id)
                noteStarted(ticket.unit)
                inFlight[id] = Request(ticket: ticket, bodyBytes: request.sharedBody?.count ?? 0)
            } catch {
                complain("a request could not be made", "\(error)")
                health.failed(
                    "\(error)", nowNanos: outside.monotonicNanos(), wallNanos: outside.wallNanos())
                isStatusStale = true
                apply(.retry(reason: .encoding, afterNanos: nil), ticket)
            }
        }
    }

    /// How large the next request may be; nil when none may start.
    var allowance: Int? {
        // When all that is exposed waits for another try, that try has to be possible.
        exposure.allowance ?? (inFlight.isEmpty && !doubtful.isEmpty ? exposure.limitBytes / 64 : nil)
    }

    /// What a doubtful try already exposes counts once.
    private func noteStarted(_ unit: Unit) {
        let doubted = min(doubtful[unit.batch.tenant] ?? 0, unit.byteCount)
        if doubted > 0 { keepDoubt(of: unit.batch.tenant, -doubted) }
        exposure.noteOpen(unit.byteCount - doubted)
    }

    func noteEnded(_ unit: Unit, _ verdict: Verdict, mayHaveArrived: Bool) {
        if mayHaveArrived, case .retry = verdict {
            keepDoubt(of: unit.batch.tenant, unit.byteCount)
        } else {
            exposure.noteOpen(-unit.byteCount)
        }
    }

    private func keepDoubt(of tenant: TenantID, _ change: Int) {
        let bytes = (doubtful[tenant] ?? 0) + change
        doubtful[tenant] = bytes > 0 ? bytes : nil
    }

    /// Whether the lines may have arrived although the answer says or suggests that they did not.
    private static func isDoubtful(_ result: Result<HTTPResponse, CurlError>) -> Bool {
        switch result {
        case .success(let response): response.status == 408 || (response.status >= 500 && response.status != 503)
        case .failure(let error): error.mayHaveArrived
        }
    }

    private func finish(_ completion: CurlMulti.Completion) {
        if completion.id == Sender.queryID { return finishAcks(completion.result) }
        if completion.id == Sender.tokenRequest { return finishToken(completion.result) }
        guard let request = inFlight.removeValue(forKey: completion.id) else { return }
        var verdict = lane.verdict(completion.result, for: request.ticket.unit, nowWallNanos: outside.wallNanos())
        if case .success(let response) = completion.result {
            metrics.requests.bind([lane.configuration.name, "\(response.status)"]).increment()
        }
        if acks != nil, verdict == .delivered, case .success(let response) = completion.result {
            if hold(request, response) { return }
            // Acknowledgements are off at the destination: somebody has to mend that.
            verdict = .retry(reason: .misconfigured, afterNanos: nil)
        }
        note(verdict, completion.result)
        isStatusStale = true
        switch verdict {
        case .delivered, .partial, .lines:
            if tap.isOpen { show(request.ticket.unit) }
            countSent(request.bodyBytes)
            if case .partial(let lines, let reason) = verdict { complain("lines were refused", "\(lines): \(reason)") }
        case .rejected(let status, let reason), .badLine(_, let status, let reason):
            complain("lines were refused", "\(status) \(reason)")
        case .retry(let reason, _):
            if reason == .unauthorized { lane.authenticator.forget(sentNanos: request.ticket.startedNanos) }
            complain("a request failed", Sender.describe(completion.result))
        }
        apply(verdict, request.ticket)
        noteEnded(request.ticket.unit, verdict, mayHaveArrived: Sender.isDoubtful(completion.result))
    }

    /// For /status and /readyz.
    private func note(_ verdict: Verdict, _ result: Result<HTTPResponse, CurlError>) {
        switch verdict {
        case .delivered, .lines: noteSuccess()
        case .partial(let lines, let reason):
            health.refused("\(lines) lines were refused: \(reason)", wallNanos: outside.wallNanos())
        case .rejected(let status, let reason), .badLine(_, let status, let reason):
            health.refused("\(status) \(reason)", wallNanos: outside.wallNanos())
        case .retry:
            health.failed(
                Sender.describe(result), nowNanos: outside.monotonicNanos(), wallNanos: outside.wallNanos())
        }
    }

    /// Where somebody was told that the output fails, tells that it works again.
    private func noteSuccess() {
        if hasComplained, let since = health.failingSinceNanos {
            hasComplained = false
            let seconds = (outside.monotonicNanos() - since) / 1_000_000_000
            logger.info(
                "an output works again",
                metadata: ["output": "\(lane.configuration.name)", "failed_seconds": "\(seconds)"])
        }
        health.succeeded()
    }

    /// The same for lines that go into files, or are acknowledged later: nil where all is well.
    func note(failure: String?) {
        isStatusStale = true
        guard let failure else { return noteSuccess() }
        health.failed(failure, nowNanos: outside.monotonicNanos(), wallNanos: outside.wallNanos())
    }

    /// What the destination took, or answered for line by line, to those who watch.
    func show(_ unit: Unit) {
        tap.offer(output: lane.configuration.name, tenant: unit.batch.tenantName) { body in
            unit.forEachLine { body($1) }
        }
    }

    func apply(_ verdict: Verdict, _ ticket: Ticket) {
        let effect = lane.plan.finish(ticket, verdict, nowNanos: outside.monotonicNanos(), random: &random)
        follow(effect, ticket.unit)
        if !effect.deadLines.isEmpty { bury(effect.deadLines, of: ticket.unit) }
        report(ticket.unit.batch.tenant)
        showState()
    }

    /// Tells the reader when the destination as a whole begins to get no requests, and when it gets them again.
    private func reportDestination() {
        let isDown = lacksCredentials || !lane.plan.breaker.isClosed
        guard isDown != self.isDown else { return }
        self.isDown = isDown
        let tenants = (isDown ? Array(lane.plan.queues.keys) : Array(reported)).filter { updateReported($0) != nil }
        post(.destination(isDown: isDown, tenants: tenants))
    }

    /// Tells the reader when a tenant begins to fail or to hang, which is the same to it, and when it works again.
    private func report(_ tenant: TenantID) {
        if let isFailing = updateReported(tenant) { post(.failing(tenant, isFailing)) }
    }

    /// Returns what is new to the reader.
    private func updateReported(_ tenant: TenantID) -> Bool? {
        let isFailing =
            isDown || lane.plan.isFailing(tenant)
            || inFlight.values.contains { $0.ticket.isHanging && $0.ticket.unit.batch.tenant == tenant }
        guard isFailing != reported.contains(tenant) else { return nil }
        if isFailing { reported.insert(tenant) } else { reported.remove(tenant) }
        series.failingTenants.set(Double(reported.count))
        return isFailing
    }

    private func showState() {
        series.concurrencyLimit.set(Double(lane.plan.limit.current))
        series.circuitOpen.set(lane.plan.breaker.isClosed ? 0 : 1)
    }

    func follow(_ effect: TenantQueue.Effect, _ unit: Unit) {
        if let settlement = effect.settlement {
            exposure.noteSettled(unit.batch.byteCount(of: settlement.lines))
            post(.settled(settlement))
        }
        if effect.isSplit { countRetry("split") }
        if let reason = effect.waits { countRetry(reason.rawValue) }
    }

    func countSent(_ bytes: Int) {
        series.sentBytes.increment(by: UInt64(bytes))
    }

    func countRetry(_ reason: String) {
        metrics.retries.bind([lane.configuration.name, reason]).increment()
    }

    private func post(_ event: SenderEvent) {
        if events.post(event) { wakeReader() }
    }

    /// At most one message in ten seconds: the counters have the rest.
    func complain(_ message: Logger.Message, _ what: String) {
        let now = outside.monotonicNanos()
        guard now - lastComplaintNanos >= 10_000_000_000 else { return }
        lastComplaintNanos = now
        hasComplained = true
        logger.warning(message, metadata: ["output": "\(lane.configuration.name)", "what": "\(what)"])
    }

    static func describe(_ result: Result<HTTPResponse, CurlError>) -> String {
        switch result {
        case .success(let response): "\(response.status) \(ResponseClasses.excerpt(response.body))"
        case .failure(let error): error.description
        }
    }

    private func publishStatus(_ now: Int64) {
        guard now >= nextStatusNanos else { return }
        nextStatusNanos = now + 1_000_000_000
        isStatusStale = false
        let current = OutputStatus(lane, inFlight: inFlight.count, health: health)
        status.withLock { $0 = current }
    }
}
