import Exposition

extension MetricsRegistry {
    /// The name of the gauge that holds the number of series of the scrape it stands in.
    var seriesGaugeName: String { prefix + "_metrics_series" }

    /// Declares what the registry says about itself.
    func registerOwnMetrics() {
        let refusals = refusals
        let boundedLabels = boundedLabels
        let own = [
            FamilyDescriptor(
                name: seriesGaugeName, kind: .gauge, help: "Time series that this scrape holds."),
            FamilyDescriptor(
                name: prefix + "_metrics_overflow_total", kind: .counter,
                help: "Uses counted under _other because the family or the label is full, by that label.",
                labels: ["label"], seriesLimit: 100),
            FamilyDescriptor(
                name: prefix + "_metrics_rejected_total", kind: .counter,
                help: "Uses of metrics that were refused, by reason.", labels: ["reason"],
                seriesLimit: Refusals.Reason.allCases.count),
        ]
        // The names are the first in an empty registry and made of a valid prefix: there is nothing to refuse.
        try? declare(own) {
            boundedLabels.removeDue()
            return [[([], 0)], refusals.overflowed, refusals.rejected]
        }
    }
}
