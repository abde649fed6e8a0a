import CurlHTTP
import GatewayMetrics
import Logging
import Synchronization

/// What the sender tells the reader.
enum SenderEvent: Sendable {
    case settled(Settlement)
    /// A tenant's requests to an output began to fail, or work again.
    case failing(TenantID, output: Int, Bool)
}

/// Sends batches to all outputs with libcurl's multi interface, on one thread. Everything that decides is in the lanes
/// and their queues; this drives sockets, files and the clock.
final class Sender: @unchecked Sendable {
    private let multi: CurlMulti
    private let lanes: [OutputLane]
    private let inbox = Mailbox<Batch>()
    private let events: Mailbox<SenderEvent>
    private let wakeReader: @Sendable () -> Void
    private let metrics: ShipperMetrics
    private let logger: Logger
    private let pathOf: @Sendable (FileSerial) -> String
    private let isStopping = Atomic<Bool>(false)
    private let status = Mutex<[OutputStatus]>([])

    // Only the sender's thread touches what follows.
    private var random = SystemRandomNumberGenerator()
    private var inFlight: [UInt64: (lane: Int, tenant: TenantID, bytes: Int)] = [:]
    private var nextRequest: UInt64 = 1
    private var lastComplaintNanos: [Int64]
    private var nextStatusNanos: Int64 = 0

    init(
        lanes: [OutputLane], events: Mailbox<SenderEvent>, metrics: ShipperMetrics, logger: Logger,
        pathOf: @escaping @Sendable (FileSerial) -> String, wakeReader: @escaping @Sendable () -> Void
    ) throws(CurlError) {
        multi = try CurlMulti(maxIdleConnections: max(8, lanes.reduce(0) { $0 + $1.configuration.concurrency }))
        self.lanes = lanes
        self.events = events
        self.metrics = metrics
        self.logger = logger
        self.pathOf = pathOf
        self.wakeReader = wakeReader
        lastComplaintNanos = Array(repeating: .min / 2, count: lanes.count)
    }

    /// Any thread.
    func submit(_ batch: Batch) {
        if inbox.post(batch) { multi.wakeup() }
    }

    /// Any thread; requests in flight are given up.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        multi.wakeup()
    }

    /// Any thread: what /status shows, at most a second old.
    var outputStatus: [OutputStatus] { status.withLock { $0 } }

    /// The thread's body.
    func run() {
        while !isStopping.load(ordering: .acquiring) {
            for batch in inbox.takeAll() { lanes.forEach { $0.enqueue(batch) } }
            let now = Clock.monotonicNanos()
            let nextTimer = lanes.compactMap { $0.tick(nowNanos: now) }.min()
            for lane in lanes { startRequests(lane) }
            publishStatus(now)
            let wait = nextTimer.map { min(1_000_000_000, max(0, $0 - now)) } ?? 1_000_000_000
            for completion in multi.poll(timeoutMillis: Int(wait / 1_000_000) + 1) { finish(completion) }
        }
    }

    private func startRequests(_ lane: OutputLane) {
        while let unit = lane.startNext() {
            let id = nextRequest
            nextRequest += 1
            do {
                let request = try lane.request(for: unit)
                try multi.add(request, id: id)
                inFlight[id] = (lane.index, unit.batch.tenant, request.sharedBody?.count ?? 0)
            } catch {
                complain(lane, "a request could not be made", "\(error)")
                apply(.retry(reason: .encoding, afterNanos: nil), lane, unit.batch.tenant)
            }
        }
    }

    private func finish(_ completion: CurlMulti.Completion) {
        guard let request = inFlight.removeValue(forKey: completion.id) else { return }
        let lane = lanes[request.lane]
        let verdict = lane.classes.verdict(completion.result, nowWallNanos: Clock.wallNanos())
        if case .success(let response) = completion.result {
            metrics.requests.bind([lane.configuration.name, "\(response.status)"]).increment()
        }
        switch verdict {
        case .delivered: metrics.sentBytes.bind([lane.configuration.name]).increment(by: UInt64(request.bytes))
        case .rejected(let status, let reason): complain(lane, "lines were refused", "\(status) \(reason)")
        case .retry(let reason, _):
            if reason == .unauthorized { lane.forgetAuthentication() }
            complain(lane, "a request failed", Sender.describe(completion.result))
        }
        apply(verdict, lane, request.tenant)
    }

    private func apply(_ verdict: Verdict, _ lane: OutputLane, _ tenant: TenantID) {
        let wasFailing = lane.queues[tenant]?.isFailing ?? false
        let now = Clock.monotonicNanos()
        let unit = lane.queues[tenant]?.first
        let effect = lane.finish(tenant, verdict, nowNanos: now, random: &random)
        switch effect {
        case .acknowledged(let batch, let lines):
            post(.settled(Settlement(batch: batch, output: lane.index, lines: lines, fate: .acknowledged)))
        case .writeDeadLetter(let status, let reason):
            if let unit { bury(unit, lane, status, reason, now) }
        case .waits(let reason, _): metrics.retries.bind([lane.configuration.name, reason.rawValue]).increment()
        case .split: metrics.retries.bind([lane.configuration.name, "split"]).increment()
        case .none: break
        }
        let isFailing = lane.queues[tenant]?.isFailing ?? false
        if isFailing != wasFailing { post(.failing(tenant, output: lane.index, isFailing)) }
    }

    /// The last line of a bisection goes to the dead-letter file; only then it is settled.
    private func bury(_ unit: Unit, _ lane: OutputLane, _ status: Int, _ reason: String, _ now: Int64) {
        let index = unit.lines.lowerBound
        let source = unit.batch.lines[index]
        let letter = DeadLetterFile.Letter(
            tenant: unit.batch.tenantName, path: pathOf(source.file), offset: source.fileOffset, status: status,
            reason: reason, wallNanos: Clock.wallNanos(), line: unit.batch.line(index))
        var isWritten = true
        do {
            try lane.deadLetters.append(letter)
        } catch {
            isWritten = false
            complain(lane, "a dead letter could not be written", "\(error)")
        }
        let effect = lane.finishDeadLetter(
            unit.batch.tenant, isWritten: isWritten, nowNanos: now, random: &random)
        if isWritten {
            let settlement = Settlement(
                batch: unit.batch.id, output: lane.index, lines: unit.lines, fate: .deadLettered)
            post(.settled(settlement))
        } else if case .waits(let reason, _) = effect {
            metrics.retries.bind([lane.configuration.name, reason.rawValue]).increment()
        }
    }

    private func post(_ event: SenderEvent) {
        if events.post(event) { wakeReader() }
    }

    /// At most one message in ten seconds for each output: the counters have the rest.
    private func complain(_ lane: OutputLane, _ message: Logger.Message, _ what: String) {
        let now = Clock.monotonicNanos()
        guard now - lastComplaintNanos[lane.index] >= 10_000_000_000 else { return }
        lastComplaintNanos[lane.index] = now
        logger.warning(message, metadata: ["output": "\(lane.configuration.name)", "what": "\(what)"])
    }

    private static func describe(_ result: Result<HTTPResponse, CurlError>) -> String {
        switch result {
        case .success(let response): "\(response.status) \(ResponseClasses.excerpt(response.body))"
        case .failure(let error): error.description
        }
    }

    private func publishStatus(_ now: Int64) {
        guard now >= nextStatusNanos else { return }
        nextStatusNanos = now + 500_000_000
        let current = lanes.map { lane in
            OutputStatus(
                name: lane.configuration.name, codec: lane.codecName, inFlight: lane.inFlightCount,
                queuedTenants: lane.queues.count, failingTenants: lane.queues.values.count { $0.isFailing },
                queuedUnits: lane.queues.values.reduce(0) { $0 + $1.unitCount })
        }
        status.withLock { $0 = current }
    }
}
