import Locking

/// Which names exist with which label names, over all kinds of metrics; what keeps them few.
final class BridgeNames: Sendable {
    private struct Known {
        /// The help text of the first use, which all must share.
        var help: String
        /// Sets of label names, the first use first.
        var labelSets: [[String]]
    }

    private struct State {
        var known: [String: Known] = [:]
        var families = 0
    }

    /// What may be done with a name and its label names.
    enum Verdict {
        /// Declare it with this help text.
        case declare(help: String)
        /// There are too many sets of label names; count in the overflow series of these.
        case fold(into: [String], help: String)
        /// There are too many families.
        case refuse
    }

    let options: BridgeFactory.Options
    private let state = Locked(State())

    init(_ options: BridgeFactory.Options) { self.options = options }

    /// Notes a use of `name` with these label names, sorted.
    func use(_ name: String, _ labels: [String], for label: String) -> Verdict {
        state.withLock { state in
            let known = state.known[name]
            let help = known?.help ?? options.helpByLabel[label] ?? BridgeNames.help(for: label)
            if let known {
                if known.labelSets.contains(labels) { return .declare(help: help) }
                if known.labelSets.count >= options.maxLabelSetsPerName {
                    let target = known.labelSets.first { !$0.isEmpty } ?? []
                    return .fold(into: target, help: help)
                }
            }
            guard state.families < options.maxFamilies else { return .refuse }
            state.families += 1
            state.known[name, default: Known(help: help, labelSets: [])].labelSets.append(labels)
            return .declare(help: help)
        }
    }

    /// Takes back a use that could not be declared.
    func forget(_ name: String, _ labels: [String]) {
        state.withLock { state in
            guard let position = state.known[name]?.labelSets.firstIndex(of: labels) else { return }
            state.families -= 1
            state.known[name]?.labelSets.remove(at: position)
            if state.known[name]?.labelSets.isEmpty == true { state.known[name] = nil }
        }
    }

    private static func help(for label: String) -> String {
        "Reported through swift-metrics as \(label.prefix(NameMapping.maxNameBytes))."
    }
}
