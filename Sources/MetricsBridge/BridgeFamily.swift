import Exposition
import GatewayMetrics
import Locking

/// One declared family, and how many handlers each of its series has.
final class BridgeFamily<Child: Instrument>: Sendable {
    private final class Stripe: Sendable {
        let handlers = Locked<[[ExactText]: Int]>([:])
    }

    private let family: DynamicFamily<Child>
    /// Handlers that are alive, by the series' label values; a series without one is not in it.
    ///
    /// Binding and counting happen under the lock of a series' stripe, so that a destruction on another thread comes
    /// either before both or after both.
    private let stripes: [Stripe]
    private let labelCount: Int

    init(_ family: DynamicFamily<Child>, labelCount: Int) {
        self.family = family
        self.labelCount = labelCount
        stripes = (0..<(labelCount == 0 ? 1 : 16)).map { _ in Stripe() }
    }

    /// The label values of the overflow series.
    var overflowValues: [String] { Array(repeating: "_other", count: labelCount) }

    /// The series with these label values, with one handler more.
    func lease(_ values: [String]) -> BridgeSeries<Child> {
        let key = values.map(ExactText.init)
        let child = stripe(key).handlers.withLock { handlers in
            handlers[key, default: 0] += 1
            return family.bind(values)
        }
        return BridgeSeries(child: child) { isDestroyed in self.end(values, removing: isDestroyed) }
    }

    private func end(_ values: [String], removing: Bool) {
        let key = values.map(ExactText.init)
        stripe(key).handlers.withLock { handlers in
            let rest = (handlers[key] ?? 1) - 1
            handlers[key] = rest > 0 ? rest : nil
            // Handlers beyond the limit write into overflow series without being counted here.
            if removing, rest <= 0, !values.contains("_other") { family.remove(values) }
        }
    }

    private func stripe(_ values: [ExactText]) -> Stripe {
        guard stripes.count > 1 else { return stripes[0] }
        var hasher = Hasher()
        for value in values { hasher.combine(value) }
        return stripes[Int(UInt(bitPattern: hasher.finalize()) % UInt(stripes.count))]
    }
}
