import Exposition
import GatewayMetrics
import Locking

/// How metrics of one kind are named and shaped.
struct BridgeShape: Sendable {
    /// From a label to the name, and the name for when another kind has that.
    var naming: @Sendable (String) -> (name: String, spare: String)
    var unit = ""
    var buckets: [Double] = []
    var native: NativeHistogramOptions?
}

/// The families of one kind of swift-metrics: from a label and the names of its dimensions to what holds the series.
final class BridgeFamilies<Child: Instrument>: Sendable {
    /// A label and the names of its dimensions, as the program writes them.
    private struct Use: Hashable {
        var label: String
        var names: [String]
    }

    /// A name and its label names, as they are exposed.
    private struct Exposed: Hashable {
        var name: String
        var labels: [String]
    }

    private struct Route {
        let family: BridgeFamily<Child>
        /// For each label the place of its dimension; nil when all label values are `_other`.
        let order: [Int]?
    }

    /// Where a use leads, for good.
    private enum Answer {
        case route(Route)
        /// The names are taken by what the program declared itself.
        case taken
        /// There are as many names as there may be.
        case full
    }

    private struct State {
        var routes: [Use: Answer] = [:]
        var families: [Exposed: BridgeFamily<Child>] = [:]
    }

    private let registry: MetricsRegistry
    private let names: BridgeNames
    private let shape: BridgeShape
    private let state = Locked(State())

    init(_ registry: MetricsRegistry, _ names: BridgeNames, _ shape: BridgeShape) {
        self.registry = registry
        self.names = names
        self.shape = shape
    }

    /// The series of this label and these dimensions, or one without effect.
    func series(_ label: String, _ dimensions: [(String, String)]) -> BridgeSeries<Child> {
        let use = Use(label: label, names: dimensions.map(\.0))
        let answer = state.withLock { state -> Answer in
            if let known = state.routes[use] { return known }
            let answer = makeRoute(use, &state)
            // Programs that make up labels or dimension names get no entry of their own each.
            if state.routes.count < 4 * names.options.maxFamilies { state.routes[use] = answer }
            return answer
        }
        switch answer {
        case .route(let route):
            return route.family.lease(route.order?.map { dimensions[$0].1 } ?? route.family.overflowValues)
        case .taken:
            return BridgeSeries(refused: registry.refusedChild(Child.self))
        case .full:
            return BridgeSeries(refused: registry.refusedChild(Child.self, isFull: true))
        }
    }

    private func makeRoute(_ use: Use, _ state: inout State) -> Answer {
        let labels = NameMapping.labels(use.names)
        let (name, spare) = shape.naming(use.label)
        let first = makeRoute(name, labels, use.label, &state)
        if case .route = first { return first }
        let second = makeRoute(spare, labels, use.label, &state)
        if case .taken = second { return first }
        return second
    }

    private func makeRoute(
        _ name: String, _ labels: [(name: String, place: Int)], _ label: String, _ state: inout State
    ) -> Answer {
        let wanted = labels.map(\.name)
        switch names.use(name, wanted, for: label) {
        case .declare(let help):
            if let family = family(name, wanted, help, label, &state) {
                return .route(Route(family: family, order: labels.map(\.place)))
            }
            names.forget(name, wanted)
            return .taken
        case .fold(let other, let help):
            return family(name, other, help, label, &state).map { .route(Route(family: $0, order: nil)) } ?? .taken
        case .refuse:
            return .full
        }
    }

    private func family(
        _ name: String, _ labels: [String], _ help: String, _ label: String, _ state: inout State
    ) -> BridgeFamily<Child>? {
        let exposed = Exposed(name: name, labels: labels)
        if let known = state.families[exposed] { return known }
        let options = names.options
        let isHistogram = Child.kind == .histogram
        let declared = try? registry.dynamicFamily(
            Child.self, name, help: help, unit: shape.unit, labels: labels,
            buckets: isHistogram ? options.bucketsByLabel[label] ?? shape.buckets : [],
            native: shape.native, limit: options.maxSeriesPerFamily)
        guard let declared else { return nil }
        let family = BridgeFamily(declared, labelCount: labels.count)
        state.families[exposed] = family
        return family
    }
}
