import PromQL
import TimeSeries

extension ReplayReport {
    /// One HTML page without scripts or outside resources: a timeline for each alert, then all transitions.
    public func html(title: String = "Replay of alert rules") -> String {
        let page = ReplayPage(report: self)
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(TextEscape.html(title))</title>
            <style>\(ReplayPage.style)</style>
            </head>
            <body>
            <h1>\(TextEscape.html(title))</h1>
            \(page.summary())
            \(page.errors())
            \(page.timelines())
            \(page.transitions())
            </body>
            </html>

            """
    }
}

/// The parts of the page; every text from outside goes through `TextEscape.html`.
private struct ReplayPage {
    let report: ReplayReport

    /// Transitions and label sets shown; the rest is in the JSON.
    static let maxRows = 5_000
    private static let width = 1_000.0

    static let style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
        body{color:#1b1f24;background:#fff}
        h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.6rem 0 .2rem}code,pre{font:13px/1.4 ui-monospace,monospace}
        pre{background:#f4f5f7;padding:.5rem .7rem;overflow:auto;margin:.3rem 0}
        table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0;vertical-align:top}
        th{border-bottom:1px solid #d0d5db}
        .axis{color:#5b6470;font-size:12px;display:flex;justify-content:space-between}
        .row{margin:.45rem 0}svg{display:block;width:100%;height:16px;background:#eef1f4;border-radius:3px}
        .p{fill:#e0a100}.f{fill:#c62828}.pending{color:#8a6100}
        .firing{color:#b01c1c;font-weight:600}.resolved{color:#1c7a3c}
        .quiet{color:#5b6470}.error{color:#b01c1c}
        @media (prefers-color-scheme:dark){body{background:#14171b;color:#e4e7eb}
        pre{background:#1f242a}svg{background:#262c33}}
        """

    func summary() -> String {
        let fired = report.timelines.filter(\.hasFired).count
        let schedule = report.schedule
        return "<p>\(report.ruleCount) rules, \(schedule.count) evaluations from \(time(schedule.startMillis)) through "
            + "\(time(schedule.lastMillis)), every \(formatPrometheusDuration(schedule.stepMillis)). "
            + "<strong>Fired: \(fired).</strong> Only pending: \(report.timelines.count - fired).</p>"
    }

    func errors() -> String {
        list("Failed evaluations", report.errors) + list("Warnings", report.warnings)
    }

    private func list(_ title: String, _ lines: [String]) -> String {
        if lines.isEmpty { return "" }
        let items = lines.map { "<li class=\"error\">\(TextEscape.html($0))</li>" }.joined(separator: "\n")
        return "<h2>\(title)</h2>\n<ul>\(items)</ul>"
    }

    func timelines() -> String {
        var seen: Set<String> = []
        var out = ""
        for rule in report.rules where seen.insert(rule.name).inserted {
            out += "<h2>\(TextEscape.html(rule.name))</h2>\n<pre>\(TextEscape.html(rule.expressionText))</pre>\n"
            let lines = report.timelines.filter { $0.name == rule.name }
            if lines.isEmpty {
                out += "<p class=\"quiet\">Never pending.</p>\n"
                continue
            }
            out += "<div class=\"axis\">" + ticks().map { "<span>\($0)</span>" }.joined() + "</div>\n"
            out += lines.prefix(ReplayPage.maxRows).map(row).joined()
            if lines.count > ReplayPage.maxRows {
                out += "<p class=\"quiet\">and \(lines.count - ReplayPage.maxRows) more</p>\n"
            }
        }
        return out
    }

    private func ticks() -> [String] {
        let schedule = report.schedule
        let span = schedule.lastMillis - schedule.startMillis
        return (0...4).map { time(schedule.startMillis + span / 4 * Int64($0)) }
    }

    private func row(_ line: ReplayReport.Timeline) -> String {
        var out = "<div class=\"row\"><code>\(labels(line.labels))</code>\n"
        out += "<svg viewBox=\"0 0 \(Int(ReplayPage.width)) 16\" preserveAspectRatio=\"none\" role=\"img\">"
        for phase in line.phases {
            let (from, through) = (x(phase.fromMillis), x(phase.throughMillis))
            let width = max(through - from, 1.5)
            let kind = phase.state == .firing ? "f" : "p"
            out += "<rect class=\"\(kind)\" x=\"\(decimal(from))\" y=\"0\" width=\"\(decimal(width))\" height=\"16\">"
            out += "<title>\(phase.state.rawValue) \(time(phase.fromMillis)) – "
            out += "\(phase.isOpen ? "end" : time(phase.throughMillis))</title></rect>"
        }
        out += "</svg>"
        for annotation in line.annotations.pairs {
            out +=
                "<div class=\"quiet\">\(TextEscape.html(annotation.name)): \(TextEscape.html(annotation.value))</div>"
        }
        return out + "</div>\n"
    }

    func transitions() -> String {
        if report.transitions.isEmpty { return "" }
        let rows = report.transitions.prefix(ReplayPage.maxRows).map { change in
            "<tr><td>\(time(change.timestampMillis))</td>"
                + "<td class=\"\(change.transition.rawValue)\">\(change.transition.rawValue)</td>"
                + "<td>\(TextEscape.html(change.name))</td>"
                + "<td><code>\(labels(change.labels))</code></td>"
                + "<td>\(TextEscape.html(GoFloat.shortest(change.value)))</td></tr>"
        }
        let more = report.transitions.count - rows.count
        return
            "<h2>Transitions</h2>\n<table><tr><th>time</th><th>event</th><th>alert</th>"
            + "<th>labels</th><th>value</th></tr>\n"
            + rows.joined(separator: "\n") + "\n</table>" + (more > 0 ? "<p class=\"quiet\">and \(more) more</p>" : "")
    }

    private func labels(_ labels: Labels) -> String {
        TextEscape.html(labels.dropping(AlertTable.nameLabel).bracedDescription)
    }

    private func time(_ millis: Int64) -> String { RFC3339.string(unixMillis: millis) }

    private func x(_ millis: Int64) -> Double {
        let span = Double(max(1, report.schedule.lastMillis - report.schedule.startMillis))
        return Double(millis - report.schedule.startMillis) / span * ReplayPage.width
    }

    private func decimal(_ value: Double) -> String { GoFloat.formatted(value, verb: UInt8(ascii: "f"), precision: 1) }
}
