/// The live view as lines of text. A pure function of the snapshot.
enum StatusBlock {
    static func lines(_ snapshot: Snapshot, timelineLines: Int = 8) -> [String] {
        var lines = [
            "Gatehouse demo  \(TextTable.clock(snapshot.seconds))   gateway \(snapshot.gatewayURL)"
                + "   status page \(snapshot.opsURL)/",
            "",
        ]
        lines += TextTable.lines(table(snapshot))
        lines.append("")
        lines.append(logLine(snapshot))
        lines.append("")
        lines += alertLines(snapshot)
        if !snapshot.timeline.events.isEmpty {
            lines.append("")
            lines += snapshot.timeline.lines(last: timelineLines)
        }
        return lines
    }

    private static func table(_ snapshot: Snapshot) -> [[String]] {
        var rows = [["tenant", "requests", "errors", "no answer", "lines received", "on the way"]]
        var total = Scoreboard.Score()
        for tenant in snapshot.tenants {
            let score = snapshot.scores[tenant] ?? Scoreboard.Score()
            total.answered += score.answered
            total.errors += score.errors
            total.failed += score.failed
            rows.append(
                row(
                    tenant, score, received: snapshot.received.accessByTenant[tenant] ?? 0,
                    outstanding: snapshot.outstanding(tenant)))
        }
        let received = snapshot.received.accessByTenant.values.reduce(0, +)
        rows.append(row("all", total, received: received, outstanding: snapshot.outstandingTotal))
        return rows
    }

    private static func row(_ name: String, _ score: Scoreboard.Score, received: Int, outstanding: Int) -> [String] {
        [name, "\(score.answered)", "\(score.errors)", "\(score.failed)", "\(received)", "\(outstanding)"]
    }

    private static func logLine(_ snapshot: Snapshot) -> String {
        let logged = snapshot.loggedLines.map { "\($0)" } ?? "?"
        let dropped = snapshot.droppedLines.map { "\($0)" } ?? "?"
        let received = snapshot.received
        return "log: \(logged) lines written, \(dropped) dropped → \(received.lines) received in "
            + "\(received.batches) batches, \(received.duplicates) twice, \(received.missing) gaps open"
            + (received.unreadable > 0 ? ", \(received.unreadable) unreadable" : "")
    }

    private static func alertLines(_ snapshot: Snapshot) -> [String] {
        guard let alerts = snapshot.alerts else { return ["alerts: the gateway does not answer"] }
        if alerts.isEmpty { return ["alerts: none"] }
        return alerts.map { alert in
            "alert \(TextTable.pad(alert.state.uppercased(), to: 7))  \(alert.title)  \(alert.summary)"
        }
    }
}
