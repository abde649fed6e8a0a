import StrictYAML

/// The names of the alerts that some groups define, and what to say of others.
struct AlertNames {
    private let names: Set<String>

    init(_ groups: [RuleGroup]) {
        names = Set(groups.flatMap(\.rules).filter { $0.kind == .alerting }.map(\.name))
    }

    func isKnown(_ name: String) -> Bool { names.contains(name) }

    /// What is wrong with an unknown name.
    func unknown(_ name: String) -> String {
        if names.isEmpty { return "rule_files give no alerting rule at all" }
        let sorted = names.sorted()
        let similar = NearestName.of(name, among: sorted).map { "; did you mean \($0)?" }
        let known = sorted.prefix(10).joined(separator: ", ") + (sorted.count > 10 ? ", …" : "")
        return "no rule file has an alert named \(name)\(similar ?? "; there are: \(known)")"
    }

    /// Warnings for names that no rule has where promtool is content: no alert is expected, and none comes. One a name.
    func warnings(_ tests: [UnitTest]) -> [String] {
        var told: Set<String> = []
        return tests.flatMap(\.alertCases).compactMap { item in
            let isPromtools = item.state == nil && item.subset == nil && !item.neverFires
            guard isPromtools, item.expected?.isEmpty ?? true, !item.alertName.isEmpty, !isKnown(item.alertName),
                told.insert(item.alertName).inserted
            else { return nil }
            return "  WARNING: \(RuleFileError(at: item.node, unknown(item.alertName)))"
        }
    }
}
