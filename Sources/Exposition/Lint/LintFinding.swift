/// What one rule says about one family, before it is placed in the source.
struct LintFinding: Equatable {
    var rule: LintRule
    var message: String
    var suggestion: String

    init(_ rule: LintRule, _ message: String, _ suggestion: String) {
        self.rule = rule
        self.message = message
        self.suggestion = suggestion
    }
}
