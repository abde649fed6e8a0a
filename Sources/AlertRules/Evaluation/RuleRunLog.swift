import TimeSeries

/// What a run of rules should note, and what it noted.
struct RuleRunLog {
    /// An evaluation that failed.
    struct Failure: Sendable, Equatable {
        var group: String
        var rule: String
        var timestampMillis: Int64
        var message: String
    }

    /// A step of the run, and the place of a group among the run's.
    struct Evaluation: Hashable {
        var step: Int
        var group: Int
    }

    /// Alerts to note: by step, the names wanted.
    var wantedAlerts: [Int: Set<String>] = [:]
    /// Whether the first step with a failure ends the run.
    var stopsAtFailure = false
    /// Whether a sample that the store refused is a failure of its rule, as it is for promtool.
    var refusedIsFailure = false
    /// Whether transitions are noted.
    var notesTransitions = false

    /// Firing, pending and resolved alerts of the names wanted, as their group stood at a step.
    var alerts: [Evaluation: [ActiveAlert]] = [:]
    var transitions: [AlertTransition] = []
    var failures: [Failure] = []
    /// Failures beyond those that are kept.
    var moreFailures = 0

    /// Failures kept; a broken rule fails at every step.
    static let maxFailures = 1_000

    /// Why an evaluation that went well counts as a failure.
    func refusal(_ rule: RuleEvaluation) -> String? {
        refusedIsFailure && rule.refusedSamples > 0 ? "duplicate sample for timestamp" : nil
    }

    mutating func note(_ failure: Failure) {
        if failures.count < RuleRunLog.maxFailures { failures.append(failure) } else { moreFailures += 1 }
    }
}
