import TimeSeries

/// An alert as far as unit tests compare it, with promtool's way of printing it.
struct ComparedAlert: Comparable, Sendable {
    var labels: TextPairs
    var annotations: TextPairs

    init(_ alert: ActiveAlert) {
        labels = TextPairs(alert.labels)
        annotations = TextPairs(alert.annotations, empty: alert.emptyAnnotations)
    }

    /// The label `alertname` need not be given, and where it is it does not count.
    init(_ alert: UnitTest.ExpectedAlert, name: String) {
        labels = TextPairs(alert.labels + [ExpectedLabel(name: AlertTable.nameLabel, value: .text(name))])
        annotations = TextPairs(alert.annotations)
    }

    var hasPatterns: Bool { labels.hasPatterns || annotations.hasPatterns }

    /// Whether an alert is one that this one stands for.
    func accepts(_ other: ComparedAlert, isSubset: Bool) -> Bool {
        labels.accepts(other.labels, isSubset: isSubset) && annotations.accepts(other.annotations, isSubset: isSubset)
    }

    static func < (left: ComparedAlert, right: ComparedAlert) -> Bool {
        left.labels == right.labels ? left.annotations < right.annotations : left.labels < right.labels
    }

    static func text(_ alerts: [ComparedAlert]) -> String {
        if alerts.isEmpty { return "[]" }
        let items = alerts.enumerated().map { index, alert in
            let lines = ["Labels:" + alert.labels.description, "Annotations:" + alert.annotations.description]
            return "            \(index):\n" + lines.map { "              " + $0 }.joined(separator: "\n")
        }
        return "[\n" + items.joined(separator: ",\n") + "\n            ]"
    }
}
