import PromQL

/// One rule with what surrounds it, as the checks see it.
struct RuleScope {
    let rule: Rule
    let group: RuleGroup
    let context: LintContext

    var expression: Expression { rule.expression }
    var isAlert: Bool { rule.kind == .alerting }
}
