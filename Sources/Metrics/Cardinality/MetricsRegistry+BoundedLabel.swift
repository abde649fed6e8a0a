import Locking

extension MetricsRegistry {
    /// A bounded label under the registry's clock.
    ///
    /// Its `_other` requests count in `<prefix>_metrics_overflow_total{label}`, and each scrape first removes the series
    /// whose time is over. It lives as long as the registry.
    public func boundedLabel(_ name: String, policy: LabelPolicy) -> BoundedLabel {
        let label = BoundedLabel(
            name, policy: policy, overflow: refusals.overflowCounter(label: name), clock: clock)
        boundedLabels.add(label)
        return label
    }
}

/// The bounded labels of a registry.
final class BoundedLabels: Sendable {
    private let labels = Locked<[BoundedLabel]>([])

    func add(_ label: BoundedLabel) { labels.withLock { $0.append(label) } }

    func removeDue() {
        for label in labels.withLock({ $0 }) { label.removeDue() }
    }
}
