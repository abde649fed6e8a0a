/// Everything the view shows, at one moment.
struct Snapshot: Sendable {
    var seconds: Double
    var gatewayURL: String
    var opsURL: String
    var directory: String
    var tenants: [String]
    var scores: [String: Scoreboard.Score]
    var received: LogReceiver.Totals
    /// `gateway_log_lines_total` and `gateway_log_dropped_total`; `nil` while the gateway does not answer.
    var loggedLines: Int?
    var droppedLines: Int?
    /// Lines in the log files, once the gateway has stopped.
    var fileLines: Int?
    var alerts: [AlertView]?
    var timeline: Timeline

    var answered: Int { scores.values.reduce(0) { $0 + $1.answered } }

    /// Lines that a client's answer promised and the receiver does not have.
    func outstanding(_ tenant: String) -> Int {
        max(0, (scores[tenant]?.answered ?? 0) - (received.accessByTenant[tenant] ?? 0))
    }

    var outstandingTotal: Int { tenants.reduce(0) { $0 + outstanding($1) } }

    /// Lines that are lost if nothing more comes.
    var lost: Int {
        max(outstandingTotal, received.missing, max(0, (fileLines ?? 0) - received.lines)) + (droppedLines ?? 0)
    }
}
