/// The account at the end.
enum Summary {
    static func lines(_ snapshot: Snapshot) -> [String] {
        var lines = ["", "What happened:"]
        lines += snapshot.timeline.events.isEmpty ? ["  nothing"] : snapshot.timeline.lines().map { "  " + $0 }
        lines.append("")
        lines += TextTable.lines(table(snapshot)).map { "  " + $0 }
        lines.append("")
        lines.append("Files of this run: \(snapshot.directory)")
        lines.append(verdict(snapshot))
        return lines
    }

    private static func table(_ snapshot: Snapshot) -> [[String]] {
        let received = snapshot.received
        return [
            ["requests answered", "\(snapshot.answered)"],
            ["log lines in the files", snapshot.fileLines.map { "\($0)" } ?? "?"],
            ["log lines received", "\(received.lines)"],
            ["received twice", "\(received.duplicates)"],
            ["dropped by the gateway", snapshot.droppedLines.map { "\($0)" } ?? "?"],
            ["lost", "\(snapshot.lost)"],
        ]
    }

    private static func verdict(_ snapshot: Snapshot) -> String {
        if snapshot.lost > 0 { return "FAILED: \(snapshot.lost) log lines were lost." }
        return "Every request has its log line, and every log line arrived."
    }
}
