import GatewayMetrics
import Locking

/// A child and how its series is removed.
struct BridgeSeries<Child: Instrument>: Sendable {
    let child: Child
    let remove: @Sendable () -> Void
}

/// Which names were used with which labels.
final class BridgeDeclarations: Sendable {
    private let registry: MetricsRegistry
    private let options: BridgeFactory.Options
    /// Label names by metric name, sorted; at most ``BridgeFactory/Options/maxFamilies``.
    private let known = Locked<[String: [String]]>([:])

    init(_ registry: MetricsRegistry, options: BridgeFactory.Options) {
        self.registry = registry
        self.options = options
    }

    /// The series of this name and these dimensions, or one without effect.
    func series<Child: Instrument>(
        _ type: Child.Type, _ name: String, _ label: String, _ dimensions: [(String, String)], buckets: [Double] = []
    ) -> BridgeSeries<Child> {
        let pairs = NameMapping.dimensions(dimensions)
        let labels = pairs.map(\.name)
        let help = "Reported through swift-metrics as \(label.prefix(NameMapping.maxNameBytes))."
        guard allows(name, labels),
            let family = try? registry.dynamicFamily(
                type, name, help: help, labels: labels, buckets: buckets, limit: options.maxSeriesPerFamily)
        else { return BridgeSeries(child: registry.refusedChild(type), remove: {}) }
        let values = pairs.map(\.value)
        return BridgeSeries(child: family.bind(values)) { family.remove(values) }
    }

    private func allows(_ name: String, _ labels: [String]) -> Bool {
        known.withLock { known in
            if let first = known[name] { return first == labels }
            guard known.count < options.maxFamilies else { return false }
            known[name] = labels
            return true
        }
    }
}
