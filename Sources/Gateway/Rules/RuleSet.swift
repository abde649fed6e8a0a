import AlertRules

/// The groups of all configured rule files.
struct RuleSet: Sendable {
    var groups: [RuleGroup] = []

    /// Loads and checks every file, so that one run shows everything that is wrong.
    ///
    /// - Throws: ``InvalidValue`` with one line an error, `file:line:column: message`.
    static func load(_ files: [String]) throws(InvalidValue) -> RuleSet {
        var set = RuleSet()
        var problems: [String] = []
        for file in files {
            do {
                set.groups += try RuleFile.load(path: file).groups
            } catch {
                problems.append("\(error)")
            }
        }
        guard problems.isEmpty else { throw InvalidValue(problems.joined(separator: "\n")) }
        return set
    }
}
