import PromQL
import TimeSeries

/// What a replay found: every transition, in order of time, and the evaluations that failed.
public struct ReplayReport: Sendable {
    /// An alert's state over a part of the time.
    public struct Phase: Sendable, Equatable {
        /// Pending or firing.
        public var state: AlertState
        /// From this evaluation, milliseconds since the epoch …
        public var fromMillis: Int64
        /// … until this one.
        public var throughMillis: Int64
        /// Whether the replay ended before the state did.
        public var isOpen: Bool
    }

    /// One alert (one label set) over the whole time.
    public struct Timeline: Sendable {
        /// The rule's group.
        public var group: String
        /// The alert's name.
        public var name: String
        /// Its labels.
        public var labels: Labels
        /// In order of time.
        public var phases: [Phase]
        /// Expanded when it last began to fire.
        public var annotations: Labels

        /// Whether it ever fired.
        public var hasFired: Bool { phases.contains { $0.state == .firing } }
    }

    /// First and last evaluation and their distance.
    public var schedule: RunSchedule
    /// Alerting rules, in order.
    public var rules: [Rule]
    /// How many rules were evaluated, recording ones included.
    public var ruleCount: Int
    /// In order of time.
    public var transitions: [AlertTransition]
    /// One line each: rule, time, reason; equal ones of a rule once.
    public var errors: [String]
    /// What the rules don't find in the input, one line each.
    public var warnings: [String] = []
    /// Whether the rules read the input, and no evaluation could see a sample of it: then that no alert fired says nothing.
    public var isBlind = false
    /// One for each label set that was ever pending or firing.
    public var timelines: [Timeline]

    init(schedule: RunSchedule, groups: [RuleGroup], log: RuleRunLog) {
        self.schedule = schedule
        rules = groups.flatMap(\.rules).filter { $0.kind == .alerting }
        ruleCount = groups.reduce(0) { $0 + $1.rules.count }
        transitions = log.transitions.filter { $0.transition != .forgotten }
        errors = ReplayReport.errors(log)
        timelines = ReplayReport.timelines(transitions, endMillis: schedule.lastMillis)
    }

    private static func errors(_ log: RuleRunLog) -> [String] {
        var seen: [String: (first: Int64, count: Int)] = [:]
        var order: [String] = []
        for failure in log.failures {
            let key = "\(failure.group)/\(failure.rule): \(failure.message)"
            if let known = seen[key] {
                seen[key] = (known.first, known.count + 1)
            } else {
                seen[key] = (failure.timestampMillis, 1)
                order.append(key)
            }
        }
        let more = log.moreFailures > 0 ? ["and \(log.moreFailures) more failed evaluations"] : []
        return order.map { key in
            let (first, count) = seen[key] ?? (0, 0)
            return "\(key) (first at \(RFC3339.string(unixMillis: first)), \(count) evaluations)"
        } + more
    }

    private struct Key: Hashable {
        var group: String
        var labels: Labels
    }

    private static func timelines(_ transitions: [AlertTransition], endMillis: Int64) -> [Timeline] {
        var places: [Key: Int] = [:]
        var lines: [Timeline] = []
        for change in transitions {
            let key = Key(group: change.group, labels: change.labels)
            let place = places[key] ?? lines.count
            if place == lines.count {
                places[key] = place
                lines.append(
                    Timeline(
                        group: change.group, name: change.name, labels: change.labels, phases: [], annotations: .empty))
            }
            if let last = lines[place].phases.indices.last, lines[place].phases[last].isOpen {
                lines[place].phases[last].throughMillis = change.timestampMillis
                lines[place].phases[last].isOpen = false
            }
            let state: AlertState? =
                switch change.transition {
                case .pending, .suspended: .pending
                case .firing: .firing
                case .resolved, .dropped, .forgotten: nil
                }
            if let state {
                lines[place].phases.append(
                    Phase(state: state, fromMillis: change.timestampMillis, throughMillis: endMillis, isOpen: true))
            }
            if change.transition == .firing { lines[place].annotations = change.annotations }
        }
        return lines
    }
}
