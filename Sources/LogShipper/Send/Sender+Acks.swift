import CurlHTTP
import Logging

/// What a sender does whose destination acknowledges requests later than it answers them (`splunk_hec` with `acks`).
extension Sender {
    /// A request that was accepted and not yet acknowledged.
    struct Accepted {
        var ticket: Ticket
        var bytes: Int
    }

    /// The id of the query in flight; requests count from 1.
    static let queryID: UInt64 = 0

    /// Keeps an accepted request until it is acknowledged. Returns false where the answer has no id to ask for.
    func hold(_ request: Request, _ response: HTTPResponse) -> Bool {
        guard let id = SplunkResponse(response.body)?.ackID else { return false }
        let now = outside.monotonicNanos()
        var ticket = request.ticket
        lane.plan.accepted(&ticket, nowNanos: now, random: &random)
        let held = Accepted(ticket: ticket, bytes: request.bodyBytes)
        if let lost = acks?.accepted(id, held, nowNanos: now) { giveUp([lost]) }
        return true
    }

    /// Asks for acknowledgements when it is time.
    func askForAcks(_ now: Int64) {
        guard let ids = acks?.query(nowNanos: now), !ids.isEmpty else { return }
        do {
            try transport.add(try lane.ackRequest(for: ids), id: Sender.queryID)
        } catch {
            complain("acknowledgements could not be asked for", "\(error)")
            settleAcks([])
        }
    }

    /// A query was answered, or was not; then what it asked for is asked for again, until its time is up.
    func finishAcks(_ result: Result<HTTPResponse, CurlError>) {
        guard case .success(let response) = result, response.status == 200,
            let done = SplunkAcks<Accepted>.read(response.body)
        else {
            if case .success(let response) = result, [401, 403].contains(response.status) {
                lane.authenticator.forget(sentNanos: .max)
            }
            complain("acknowledgements could not be asked for", Sender.describe(result))
            return settleAcks([])
        }
        settleAcks(done)
    }

    private func settleAcks(_ ids: Set<UInt64>) {
        guard let (done, lost) = acks?.answered(ids, nowNanos: outside.monotonicNanos()) else { return }
        if !done.isEmpty { note(failure: nil) }
        for request in done {
            countSent(request.bytes)
            if tap.isOpen { show(request.ticket.unit) }
            apply(.delivered, request.ticket)
            noteEnded(request.ticket.unit, .delivered, mayHaveArrived: true)
        }
        giveUp(lost)
    }

    private func giveUp(_ lost: [Accepted]) {
        for request in lost {
            let tenant = request.ticket.unit.batch.tenantName
            complain("a request was not acknowledged in time", tenant)
            note(failure: "a request of '\(tenant)' was not acknowledged in time")
            let verdict = Verdict.retry(reason: .unacknowledged, afterNanos: nil)
            apply(verdict, request.ticket)
            noteEnded(request.ticket.unit, verdict, mayHaveArrived: true)
        }
    }
}
