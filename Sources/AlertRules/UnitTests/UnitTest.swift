import PromQL
import StrictYAML

/// One test: inputs, and what the rules and expressions should make of them.
public struct UnitTest: Sendable {
    /// A series with its values in promtool's notation, read when the test runs.
    struct Input: Sendable {
        var series: String
        var values: String
        /// How many series are made of this one, `{{i}}` standing for 0, 1, …; nil when the key is absent.
        var repetitions: Int?
        var seriesNode: YAMLNode
        var valuesNode: YAMLNode
    }

    /// An expected alert.
    struct ExpectedAlert: Sendable {
        var labels: [ExpectedLabel]
        var annotations: [ExpectedLabel]
    }

    /// What alerts of one name do at a time.
    struct AlertCase: Sendable {
        /// Relative to the start; nil where the file gives none, which only `never_fires` tells from 0.
        var evalMillis: Int64?
        var alertName: String
        /// Exactly these.
        var expected: [ExpectedAlert]?
        /// These and perhaps others.
        var subset: [ExpectedAlert]?
        /// Firing where the file names no state.
        var state: AlertState?
        /// No alert of the name fires at any evaluation up to the time.
        var neverFires = false
        var node: YAMLNode

        /// The time, relative to the start.
        var timeMillis: Int64 { evalMillis ?? 0 }
    }

    /// What an expression gives at a time.
    struct ExpressionCase: Sendable {
        var expression: String
        var evalMillis: Int64
        var expected: [ExpectedSample]
        var node: YAMLNode
        var expressionNode: YAMLNode
    }

    /// An expected sample.
    struct ExpectedSample: Sendable {
        var labels: String
        var value: Double
        var histogram: String
        var node: YAMLNode
        var labelsNode: YAMLNode
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
    var node: YAMLNode

    /// The latest time that a case asks for, relative to the start.
    var maxEvalMillis: Int64 {
        max(alertCases.map(\.timeMillis).max() ?? 0, expressionCases.map(\.evalMillis).max() ?? 0)
    }
}
