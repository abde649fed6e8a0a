import Exposition
import PromQL
import TimeSeries

/// Finds what can be said against rules without data; each finding is proven or, as a hint, marked as doubtful.
public struct RuleLint: Sendable {
    /// What to look for, and what is known beyond the files.
    public struct Settings: Sendable {
        /// Checks that are left out.
        public var disabled: Set<RuleCheck> = []
        /// The types of metrics, by family name.
        public var kinds: [String: MetricKind] = [:]
        /// Time between two samples of a scraped series, if known.
        public var scrapeIntervalMillis: Int64?

        /// The defaults.
        public init() {}

        /// Adds the types of a source; where two sources disagree, nothing is known.
        public mutating func learn(_ kinds: [String: MetricKind]) {
            self.kinds.merge(kinds) { first, second in first == second ? first : .unknown }
        }
    }

    /// What to look for.
    public var settings: Settings

    /// A lint with these settings.
    public init(settings: Settings = Settings()) { self.settings = settings }

    /// Everything found in files that belong together, by file and place.
    ///
    /// Comments `# alert-rules: ignore ID reason` on or above a rule suppress; those that are wrong or suppress
    /// nothing are found themselves (``RuleCheck/ignore``).
    public func findings(in files: [RuleFile]) -> [RuleFinding] {
        let context = LintContext(files, settings)
        var seen: [String: Rule] = [:]
        var found: [RuleFinding] = []
        var selectors = context.selectorsOfRules.makeIterator()
        for file in files {
            var comments = IgnoreComments(file)
            found += FileChecks.documents(of: file).filter { !comments.suppress($0.check, of: nil) }
            for group in file.groups {
                for rule in group.rules {
                    let scope = RuleScope(
                        rule: rule, group: group, context: context, selectors: selectors.next() ?? [])
                    var report = RuleReport(scope)
                    RuleLint.run(scope, &report)
                    let identity = FileChecks.identity(of: rule)
                    if let first = seen[identity] { FileChecks.duplicate(scope, of: first, &report) }
                    seen[identity] = seen[identity] ?? rule
                    found += report.findings.filter { !comments.suppress($0.check, of: rule) }
                }
            }
            found += comments.findings(disabled: settings.disabled)
        }
        return sorted(found.filter { !settings.disabled.contains($0.check) }, files)
    }

    private static func run(_ scope: RuleScope, _ report: inout RuleReport) {
        ComparisonChecks.run(scope, &report)
        MatchingChecks.run(scope, &report)
        JoinChecks.run(scope, &report)
        FallbackChecks.run(scope, &report)
        SelectorChecks.run(scope, &report)
        CounterChecks.run(scope, &report)
        HistogramChecks.run(scope, &report)
        WindowChecks.run(scope, &report)
        AlertChecks.run(scope, &report)
        TemplateChecks.run(scope, &report)
        CommentChecks.run(scope, &report)
        FileChecks.run(scope, &report)
    }

    private func sorted(_ findings: [RuleFinding], _ files: [RuleFile]) -> [RuleFinding] {
        let order = Dictionary(files.enumerated().map { ($0.element.path, $0.offset) }) { first, _ in first }
        func key(_ finding: RuleFinding) -> (Int, Int, Int, String) {
            (order[finding.file] ?? 0, finding.line, finding.column, finding.check.rawValue)
        }
        var seen: [RuleFinding] = []
        for finding in findings.sorted(by: { key($0) < key($1) }) where !seen.suffix(20).contains(finding) {
            seen.append(finding)
        }
        return seen
    }
}
