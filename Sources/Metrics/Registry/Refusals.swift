import Locking

/// Counts what families refuse; exposed by the registry under its own prefix.
final class Refusals: Sendable {
    enum Reason: String, CaseIterable {
        /// A child was asked for with the wrong number of label values.
        case arity
        /// Label values were too long to be kept.
        case labelValueTooLong = "label_value_too_long"
        /// A callback gave a sample with the wrong number of label values.
        case callbackArity = "callback_arity"
        /// A callback gave a label set twice.
        case callbackDuplicate = "callback_duplicate"
        /// A state set has no such state.
        case unknownState = "unknown_state"
        /// An exemplar's labels are longer than are kept.
        case exemplarTooLong = "exemplar_too_long"
        /// A bridge could not declare a metric.
        case declaration
    }

    private struct State {
        var rejected: [Reason: UInt64] = [:]
        var overflowed: [String: UInt64] = [:]
    }

    private let state = Locked(State())

    func reject(_ reason: Reason) {
        state.withLock { $0.rejected[reason, default: 0] &+= 1 }
    }

    func overflow(label: String) {
        state.withLock { $0.overflowed[label, default: 0] &+= 1 }
    }

    var rejected: [CallbackSample] {
        let counts = state.withLock { $0.rejected }
        return Reason.allCases.map { ([$0.rawValue], Double(counts[$0] ?? 0)) }
    }

    var overflowed: [CallbackSample] {
        state.withLock { $0.overflowed }.sorted { $0.key < $1.key }.map { ([$0.key], Double($0.value)) }
    }
}
