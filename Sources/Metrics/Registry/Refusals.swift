import Exposition
import Locking

/// Counts what families refuse; exposed by the registry under its own prefix.
final class Refusals: Sendable {
    enum Reason: String, CaseIterable {
        /// A child was asked for with the wrong number of label values.
        case arity
        /// Label values were too long to be kept.
        case labelValueTooLong = "label_value_too_long"
        /// The interned values are too many.
        case internFull = "intern_full"
        /// A label was named that the family does not have.
        case label
        /// A callback gave a sample with the wrong number of label values.
        case callbackArity = "callback_arity"
        /// A callback gave a label set twice.
        case callbackDuplicate = "callback_duplicate"
        /// A callback gave more samples than its family may have.
        case callbackLimit = "callback_limit"
        /// A state set has no such state.
        case unknownState = "unknown_state"
        /// An exemplar's labels are longer than are kept.
        case exemplarTooLong = "exemplar_too_long"
        /// A bridge could not declare a metric.
        case declaration
        /// A bridge has as many names as it may have.
        case bridgeFull = "bridge_full"
    }

    private struct State {
        var rejected: [Reason: UInt64] = [:]
        var overflowed: [ExactText: OverflowCounter] = [:]
    }

    private let state = Locked(State())

    func reject(_ reason: Reason, times: Int = 1) {
        state.withLock { $0.rejected[reason, default: 0] &+= UInt64(max(times, 0)) }
    }

    /// The counter of a label name, shared by all families that have such a label.
    func overflowCounter(label: String) -> OverflowCounter {
        state.withLock { state in
            let key = ExactText(label)
            if let known = state.overflowed[key] { return known }
            let counter = OverflowCounter(label: label)
            state.overflowed[key] = counter
            return counter
        }
    }

    /// How often something was refused for this reason.
    func count(of reason: Reason) -> UInt64 { state.withLock { $0.rejected[reason] ?? 0 } }

    /// Calls `body` with each label's counter; `body` must not refuse anything.
    func forEachOverflow(_ body: (OverflowCounter) -> Void) {
        state.withLock { state in
            for counter in state.overflowed.values { body(counter) }
        }
    }
}
