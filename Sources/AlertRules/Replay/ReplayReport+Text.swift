import PromQL
import TimeSeries

extension ReplayReport {
    /// Lines for people: one a transition, in order of time, then a summary.
    public func text() -> String {
        let rows = transitions.map { change in
            [
                RFC3339.string(unixMillis: change.timestampMillis), ReplayReport.word(change.transition), change.name,
                change.labels.dropping(AlertTable.nameLabel).bracedDescription, remark(change),
            ]
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var out = ""
        for row in rows {
            let cells = (0..<4).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
            out += cells.joined(separator: "  ") + "  " + row[4] + "\n"
        }
        if !rows.isEmpty { out += "\n" }
        return out + summary()
    }

    private static func word(_ transition: AlertLifecycle.Transition) -> String {
        switch transition {
        case .firing: "FIRING"
        case .suspended: "pending"
        default: transition.rawValue
        }
    }

    private func remark(_ change: AlertTransition) -> String {
        let value = "value " + GoFloat.shortest(change.value)
        switch change.transition {
        case .pending, .suspended, .forgotten: return value
        case .firing:
            let waited = change.timestampMillis - change.activeAtMillis
            return waited > 0 ? "\(value), pending for \(formatPrometheusDuration(waited))" : value
        case .resolved:
            let fired = change.timestampMillis - (change.firedAtMillis ?? change.activeAtMillis)
            return "fired for \(formatPrometheusDuration(fired))"
        case .dropped:
            return "gone after \(formatPrometheusDuration(change.timestampMillis - change.activeAtMillis)) pending"
        }
    }

    private func summary() -> String {
        let fired = timelines.filter(\.hasFired).count
        let open = timelines.filter { $0.phases.last?.isOpen == true && $0.phases.last?.state == .firing }.count
        let from = RFC3339.string(unixMillis: schedule.startMillis)
        let through = RFC3339.string(unixMillis: schedule.lastMillis)
        var out = "\(ruleCount) rules, \(schedule.count) evaluations from \(from) through \(through), "
        out += "every \(formatPrometheusDuration(schedule.stepMillis)).\n"
        out += "Fired: \(fired) (at the end still: \(open)). Only pending: \(timelines.count - fired).\n"
        return out
    }

    /// One JSON object: the schedule, alerts with their events, warnings, errors.
    public func json() -> String {
        let alerts = timelines.map { line in
            let events = transitions.filter { $0.group == line.group && $0.labels == line.labels }.map { change in
                "{\"time\":\"\(RFC3339.string(unixMillis: change.timestampMillis))\","
                    + "\"event\":\(JSONText.quoted(change.transition.rawValue)),"
                    + "\"value\":\(JSONText.quoted(formatPrometheusFloat(change.value)))}"
            }
            return "{\"group\":\(JSONText.quoted(line.group)),\"alert\":\(JSONText.quoted(line.name)),"
                + "\"labels\":\(JSONText.labels(line.labels)),"
                + "\"annotations\":\(JSONText.labels(line.annotations)),"
                + "\"events\":[\(events.joined(separator: ","))]}"
        }
        let start = RFC3339.string(unixMillis: schedule.startMillis)
        let end = RFC3339.string(unixMillis: schedule.lastMillis)
        return "{\"start\":\"\(start)\",\"end\":\"\(end)\",\"interval_ms\":\(schedule.stepMillis),"
            + "\"evaluations\":\(schedule.count),\"rules\":\(ruleCount),"
            + "\"alerts\":[\(alerts.joined(separator: ","))],"
            + "\"warnings\":[\(warnings.map(JSONText.quoted).joined(separator: ","))],"
            + "\"errors\":[\(errors.map(JSONText.quoted).joined(separator: ","))]}\n"
    }
}
