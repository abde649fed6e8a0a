/// What the status page shows; ``html()`` writes it.
struct StatusPage: Sendable {
    var phase: Readiness.Phase
    var notes: [String] = []
    var governance: GovernanceSettings.Mode
    var isGovernanceReachable: Bool
    var listen: String
    var cells: [CellReport] = []
    var rules = RulesReport()
    var traffic: [TenantTraffic] = []
    var refreshSeconds: Int
    /// RFC 3339.
    var writtenAt: String

    /// While the program ends.
    static let empty = StatusPage(
        phase: .draining, governance: .none, isGovernanceReachable: true, listen: "", refreshSeconds: 5,
        writtenAt: "")

    /// Rows of one table at most; the API and `/metrics` have the rest.
    private static let maxRows = 200

    /// Nothing but inline style: whatever a name contains, no script runs and nothing is loaded.
    static let securityHeaders: [(String, String)] = [
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ]

    /// A self-contained document.
    func html() -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>gateway status</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="refresh" content="\(refreshSeconds)">
        <style>\(Self.style)</style></head><body>
        <h1>Gatehouse gateway</h1>
        <p>\(badge(phase == .serving ? "up" : "down", phase.rawValue)) listening on \(escaped(listen)) ·
        governance \(escaped(governance.rawValue))\(isGovernanceReachable ? "" : " " + badge("down", "unreachable")) ·
        \(escaped(writtenAt))</p>
        \(notes.map { "<p class=\"note\">\(escaped($0))</p>\n" }.joined())
        <h2>Alerts</h2>
        \(alertTable())
        <h2>Cells</h2>
        \(cellTable())
        <h2>Tenants</h2>
        \(tenantTable())
        <h2>Rules</h2>
        \(ruleTable())
        <p class="foot"><a href="/metrics">/metrics</a> · <a href="/api/alerts">/api/alerts</a> ·
        <a href="/readyz">/readyz</a></p>
        </body></html>

        """
    }

    private static let style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1f24}
        h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;
        border-bottom:1px solid #d8dee4;vertical-align:top;overflow-wrap:anywhere}th{font-weight:600;color:#57606a}
        td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-size:.9em}
        .b{border-radius:.7em;padding:0 .6em;background:#d8dee4}.up,.inactive{background:#b7ebc6}
        .down,.firing,.error{background:#ffc9c9}.pending{background:#ffe3a3}.note{color:#8a4b00}.foot{color:#57606a}
        @media(prefers-color-scheme:dark){body{background:#15181c;color:#e6edf3}td,th{border-color:#30363d}
        .b{color:#15181c}a{color:#79b8ff}}
        """

    private func alertTable() -> String {
        let rows = rules.rules.flatMap { rule in
            rule.alerts.map { alert in
                let state = alert.isFiring ? "firing" : "pending"
                let labels = alert.labels.filter { $0.key != "alertname" }.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
                return [
                    badge(state, state), escaped(rule.name), escaped(labels),
                    escaped(alert.annotations["summary"] ?? alert.annotations["description"] ?? ""),
                    escaped(alert.valueText), escaped(RFC3339.text(millis: alert.activeAtMillis)),
                ]
            }
        }
        return table(
            ["state", "alert", "labels", "summary", "value", "active since"], rows, ifEmpty: "no active alerts")
    }

    private func cellTable() -> String {
        let rows = cells.map { cell in
            [
                badge(cell.status.rawValue, cell.status.rawValue)
                    + (cell.isCircuitOpen ? " " + badge("down", "circuit open") : ""),
                escaped(cell.name), cell.upstreams.map(upstream).joined(separator: "<br>"),
                escaped(cell.checkedAt),
            ]
        }
        return table(["status", "cell", "upstreams", "checked"], rows, ifEmpty: "no cells")
    }

    private func upstream(_ upstream: CellHealth.Upstream) -> String {
        "\(escaped(upstream.url)) \(badge(upstream.status.rawValue, upstream.status.rawValue))"
            + (upstream.isEjected ? " " + badge("down", "ejected") : "")
    }

    private func tenantTable() -> String {
        let rows = traffic.map { tenant in
            [escaped(tenant.tenant)] + [tenant.requests, tenant.refusals, tenant.failures].map { Self.count($0) }
        }
        return table(
            ["tenant", "requests", "4xx", "5xx"], rows, numbersFrom: 1, ifEmpty: "no requests yet")
    }

    private func ruleTable() -> String {
        let rows = rules.rules.map { rule in
            [
                badge(rule.state == .noData ? "" : rule.state.rawValue, rule.state.rawValue), escaped(rule.name),
                escaped(rule.group),
                "<code>\(escaped(rule.query))</code>"
                    + (rule.error.map { "<br>\(escaped($0))" } ?? ""),
            ]
        }
        return table(["state", "rule", "group", "expression"], rows, ifEmpty: "no rules are evaluated")
    }

    private func table(
        _ head: [String], _ rows: [[String]], numbersFrom: Int = .max, ifEmpty: String
    ) -> String {
        guard !rows.isEmpty else { return "<p>\(ifEmpty)</p>" }
        let heading = head.map { "<th>\($0)</th>" }.joined()
        let body = rows.prefix(Self.maxRows).map { row in
            let cells = row.enumerated().map {
                "<td\($0.offset >= numbersFrom ? " class=\"n\"" : "")>\($0.element)</td>"
            }
            return "<tr>\(cells.joined())</tr>\n"
        }
        let rest = rows.count > Self.maxRows ? "<p>and \(rows.count - Self.maxRows) more</p>" : ""
        return "<table><tr>\(heading)</tr>\n\(body.joined())</table>\(rest)"
    }

    private func badge(_ style: String, _ text: String) -> String {
        "<span class=\"b \(escaped(style))\">\(escaped(text))</span>"
    }

    private static func count(_ value: Double) -> String {
        Int64(exactly: value.rounded()).map(String.init) ?? "\(value)"
    }

    /// Text that is safe between tags and inside quoted attributes.
    private func escaped(_ text: String) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
