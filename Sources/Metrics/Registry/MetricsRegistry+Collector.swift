import Exposition

/// A family whose values ``MetricsRegistry/collector(_:_:)`` asks for.
public struct MetricDeclaration: Sendable {
    let descriptor: FamilyDescriptor

    /// A counter; `name` ends in `_total`, and its values must not fall.
    public static func counter(
        _ name: String, help: String, unit: String = "", labels: [String] = []
    ) -> MetricDeclaration {
        MetricDeclaration(
            descriptor: FamilyDescriptor(name: name, kind: .counter, help: help, unit: unit, labels: labels))
    }

    /// A gauge.
    public static func gauge(
        _ name: String, help: String, unit: String = "", labels: [String] = []
    ) -> MetricDeclaration {
        MetricDeclaration(
            descriptor: FamilyDescriptor(name: name, kind: .gauge, help: help, unit: unit, labels: labels))
    }

    /// Text in labels; `name` ends in `_info`. The numbers of its samples don't matter: they are exposed as 1.
    public static func info(_ name: String, help: String, labels: [String]) -> MetricDeclaration {
        MetricDeclaration(descriptor: FamilyDescriptor(name: name, kind: .info, help: help, labels: labels))
    }
}

extension MetricsRegistry {
    /// Declares several families whose values one closure gives at each scrape, so that they are of the same moment.
    ///
    /// ```swift
    /// try registry.collector([
    ///     .gauge("shop_queue_jobs", help: "Jobs that wait.", labels: ["queue"]),
    ///     .counter("shop_queue_taken_total", help: "Jobs taken.", labels: ["queue"]),
    /// ]) {
    ///     let queues = pool.statistics()
    ///     return [queues.map { ([$0.name], Double($0.waiting)) }, queues.map { ([$0.name], Double($0.taken)) }]
    /// }
    /// ```
    /// The closure runs on the scrape's thread, also on several at once, when at least one of the families is asked for.
    /// Samples with a wrong number of label values, label sets that stand twice and counters below zero are left out,
    /// and so are those beyond the family's limit or 10,000, or beyond one where there are no labels; all but those
    /// below zero count in `<prefix>_metrics_rejected_total`.
    ///
    /// - Parameters:
    ///   - declarations: the families
    ///   - collect: gives a list of samples for each declaration, in their order; a list that is missing is empty
    /// - Throws: ``MetricError``; then none of the families is declared
    public func collector(
        _ declarations: [MetricDeclaration], _ collect: @escaping @Sendable () -> [[CallbackSample]]
    ) throws(MetricError) {
        try declare(declarations.map(\.descriptor), collect: collect)
    }
}
