import PromQL
import TimeSeries

/// The body of `POST /api/v2/alerts` (Alertmanager's OpenAPI v2, schema `postableAlerts`).
public enum AlertPayload {
    /// JSON of the alerts; `endsAt` is when they resolved, or until when Alertmanager may believe them.
    ///
    /// - Parameter context: its external labels are added where an alert has none of that name.
    public static func json(_ alerts: [ActiveAlert], context: RuleContext) -> [UInt8] {
        Array(("[" + alerts.map { object($0, context) }.joined(separator: ",") + "]").utf8)
    }

    private static func object(_ alert: ActiveAlert, _ context: RuleContext) -> String {
        var labels = alert.labels
        for (name, value) in context.externalLabels where labels[name].isEmpty { labels = labels.setting(name, value) }
        let lifecycle = alert.lifecycle
        let startsAt = lifecycle.firedAtMillis ?? lifecycle.activeAtMillis
        let endsAt = lifecycle.resolvedAtMillis ?? lifecycle.validUntilMillis
        return "{\"labels\":\(pairs(labels)),\"annotations\":\(pairs(alert.annotations)),"
            + "\"startsAt\":\"\(RFC3339.string(unixMillis: startsAt))\","
            + "\"endsAt\":\"\(RFC3339.string(unixMillis: endsAt))\","
            + "\"generatorURL\":\(JSONText.quoted(generatorURL(alert, context)))}"
    }

    /// A link to the expression, as Prometheus forms it; only the path where the address is not known.
    static func generatorURL(_ alert: ActiveAlert, _ context: RuleContext) -> String {
        let base = context.externalURL.hasSuffix("/") ? String(context.externalURL.dropLast()) : context.externalURL
        return "\(base)/graph?g0.expr=\(TextEscape.query(alert.expression))&g0.tab=1"
    }

    private static func pairs(_ labels: Labels) -> String {
        JSONText.labels(labels)
    }
}
