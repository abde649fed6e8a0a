import PromQL
import StrictYAML
import TimeSeries

/// A file of unit tests in promtool's format (Prometheus's documentation, "Unit testing for rules").
public struct UnitTestFile: Sendable {
    /// The path as the caller named it.
    public var path: String
    /// Patterns of rule files, relative to the test file.
    public var ruleFiles: [String] = []
    /// Time between evaluations of all groups; the groups' own intervals don't count.
    public var evaluationIntervalMillis: Int64 = 60_000
    /// Groups in this order come first.
    public var groupOrder: [String] = []
    /// Whether a difference of one unit in the last place is allowed in samples.
    public var isFuzzy = false
    /// In the order of the file.
    public var tests: [UnitTest] = []
}

/// One test: inputs, and what the rules and expressions should make of them.
public struct UnitTest: Sendable {
    /// A series with its values in promtool's notation, read when the test runs.
    public struct Input: Sendable {
        var series: String
        var values: String
        var seriesNode: YAMLNode
        var valuesNode: YAMLNode
    }

    /// An expected alert.
    public struct ExpectedAlert: Sendable {
        var labels: [(String, String)]
        var annotations: [(String, String)]
    }

    /// What alerts fire at a time.
    public struct AlertCase: Sendable {
        var evalMillis: Int64
        var alertName: String
        var expected: [ExpectedAlert]
    }

    /// What an expression gives at a time.
    public struct ExpressionCase: Sendable {
        var expression: String
        var evalMillis: Int64
        var expected: [ExpectedSample]
    }

    /// An expected sample.
    public struct ExpectedSample: Sendable {
        var labels: String
        var value: Double
        var histogram: String
    }

    /// Empty when the file gives none.
    public var name = ""
    /// Distance of the input's samples.
    public var intervalMillis: Int64 = 60_000
    /// Time of the first sample and the first evaluation.
    public var startMillis: Int64 = 0
    var inputs: [Input] = []
    var alertCases: [AlertCase] = []
    var expressionCases: [ExpressionCase] = []
    var externalLabels: [String: String] = [:]
    var externalURL = ""

    /// The latest time that a case asks for, relative to the start.
    var maxEvalMillis: Int64 {
        max(alertCases.map(\.evalMillis).max() ?? 0, expressionCases.map(\.evalMillis).max() ?? 0)
    }
}
