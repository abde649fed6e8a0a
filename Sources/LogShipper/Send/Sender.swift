import CurlHTTP
import GatewayMetrics
import Locking
import Logging
import Synchronization

/// What the sender tells the reader.
enum SenderEvent: Sendable {
    case settled(Settlement)
    /// A tenant's requests to an output began to fail, or work again.
    case failing(TenantID, output: Int, Bool)
    /// The answer to `Sender.giveBack`: these batches were dropped, nothing of them was sent.
    case givenBack(TenantID, Set<UInt64>)
}

/// Sends batches to all outputs with libcurl's multi interface, on one thread. Everything that decides is in the lanes
/// and their queues; this drives sockets, files and the clock.
final class Sender: @unchecked Sendable {
    private enum Order: Sendable {
        case send(Batch)
        case giveBack(TenantID, Set<UInt64>)
    }

    private struct Request {
        var lane: Int
        var tenant: TenantID
        var bytes: Int
        var startedNanos: Int64
        var isHanging = false
    }

    /// How often requests in flight are looked at.
    private static let lookNanos: Int64 = 200_000_000

    private let multi: CurlMulti
    private let lanes: [OutputLane]
    private let inbox = Mailbox<Order>()
    private let events: Mailbox<SenderEvent>
    private let wakeReader: @Sendable () -> Void
    private let metrics: ShipperMetrics
    private let logger: Logger
    private let pathOf: @Sendable (FileSerial) -> String
    private let isStopping = Atomic<Bool>(false)
    private let status = Locked<[OutputStatus]>([])

    // Only the sender's thread touches what follows.
    private var random = Jitter()
    private var inFlight: [UInt64: Request] = [:]
    private var nextLookNanos: Int64 = 0
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
        if inbox.post(.send(batch)) { multi.wakeup() }
    }

    /// Any thread: asks for those of a tenant's batches of which no output has sent anything. `givenBack` answers.
    func giveBack(_ tenant: TenantID, _ batches: Set<UInt64>) {
        if inbox.post(.giveBack(tenant, batches)) { multi.wakeup() }
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
            for order in inbox.takeAll() { follow(order) }
            let now = Clock.monotonicNanos()
            lookForHanging(now)
            let nextTimer = lanes.compactMap { $0.tick(nowNanos: now) }.min()
            for lane in lanes { startRequests(lane) }
            publishStatus(now)
            let longest = inFlight.isEmpty ? 1_000_000_000 : Sender.lookNanos
            let wait = nextTimer.map { min(longest, max(0, $0 - now)) } ?? longest
            for completion in multi.poll(timeoutMillis: Int(wait / 1_000_000) + 1) { finish(completion) }
        }
    }

    private func follow(_ order: Order) {
        switch order {
        case .send(let batch): lanes.forEach { $0.enqueue(batch) }
        case .giveBack(let tenant, let batches):
            let unsent = lanes.reduce(batches) { $1.unsent(tenant, among: $0) }
            for lane in lanes { lane.remove(unsent, of: tenant) }
            post(.givenBack(tenant, unsent))
        }
    }

    /// A tenant whose request hangs is to the reader like one whose requests fail.
    private func lookForHanging(_ now: Int64) {
        guard now >= nextLookNanos else { return }
        nextLookNanos = now + Sender.lookNanos
        for (id, request) in inFlight where !request.isHanging {
            let lane = lanes[request.lane]
            guard now - request.startedNanos >= lane.hangsAfterNanos else { continue }
            inFlight[id]?.isHanging = true
            lane.noteHanging(1)
            let isKnown = lane.queues[request.tenant]?.isFailing ?? false
            if !isKnown { post(.failing(request.tenant, output: lane.index, true)) }
        }
    }

    private func startRequests(_ lane: OutputLane) {
        while let unit = lane.startNext() {
            let id = nextRequest
            nextRequest += 1
            do {
                let request = try lane.request(for: unit)
                try multi.add(request, id: id)
                inFlight[id] = Request(
                    lane: lane.index, tenant: unit.batch.tenant, bytes: request.sharedBody?.count ?? 0,
                    startedNanos: Clock.monotonicNanos())
            } catch {
                complain(lane, "a request could not be made", "\(error)")
                apply(.retry(reason: .encoding, afterNanos: nil), lane, unit.batch.tenant, wasHanging: false)
            }
        }
    }

    private func finish(_ completion: CurlMulti.Completion) {
        guard let request = inFlight.removeValue(forKey: completion.id) else { return }
        let lane = lanes[request.lane]
        if request.isHanging { lane.noteHanging(-1) }
        let verdict = lane.classes.verdict(completion.result, nowWallNanos: Clock.wallNanos())
        if case .success(let response) = completion.result {
            metrics.requests.bind([lane.configuration.name, "\(response.status)"]).increment()
            lane.noteAnswer(afterNanos: Clock.monotonicNanos() - request.startedNanos)
        }
        switch verdict {
        case .delivered: metrics.sentBytes.bind([lane.configuration.name]).increment(by: UInt64(request.bytes))
        case .rejected(let status, let reason): complain(lane, "lines were refused", "\(status) \(reason)")
        case .retry(let reason, _):
            if reason == .unauthorized { lane.forgetAuthentication() }
            complain(lane, "a request failed", Sender.describe(completion.result))
        }
        apply(verdict, lane, request.tenant, wasHanging: request.isHanging)
    }

    private func apply(_ verdict: Verdict, _ lane: OutputLane, _ tenant: TenantID, wasHanging: Bool) {
        let wasFailing = wasHanging || lane.queues[tenant]?.isFailing ?? false
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
