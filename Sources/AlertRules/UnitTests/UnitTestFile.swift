import StrictYAML

/// A file of unit tests in promtool's format (Prometheus's documentation, "Unit testing for rules") with the optional
/// keys of docs/ALERT_RULES.md.
public struct UnitTestFile: Sendable {
    /// The path as the caller named it.
    public var path: String
    /// Patterns of rule files, relative to the test file.
    public var ruleFiles: [String] = []
    /// Time between evaluations of all groups; the groups' own intervals only count where a run honours them.
    public var evaluationIntervalMillis: Int64 = 60_000
    /// Groups in this order come first.
    public var groupOrder: [String] = []
    /// Whether a difference of one unit in the last place is allowed in samples.
    public var isFuzzy = false
    /// In the order of the file.
    public var tests: [UnitTest] = []
}
