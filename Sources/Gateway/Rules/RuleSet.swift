import AlertRules

/// The groups of all configured rule files.
struct RuleSet: Sendable {
    var groups: [RuleGroup] = []
}
