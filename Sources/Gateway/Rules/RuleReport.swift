/// What is known of one rule after its last evaluation.
public struct RuleReport: Sendable, Equatable {
    /// How a rule stands.
    public enum State: String, Sendable {
        /// An alert fires.
        case firing
        /// An alert waits for its `for` to pass.
        case pending
        /// Evaluated; no alert is active, or the recording was made.
        case inactive
        /// None of the rule's inputs exist.
        case noData = "no data"
        /// The evaluation failed.
        case error
        /// Not evaluated yet.
        case unknown
    }

    /// The group's name.
    public var group: String
    /// The file the rule stands in.
    public var file: String
    /// The alert's name, or the recorded series'.
    public var name: String
    /// Recording rules have no alerts.
    public var isAlert: Bool
    /// The expression as written.
    public var query: String
    /// How it stands.
    public var state: State = .unknown
    /// Why the evaluation failed.
    public var error: String?
    /// In milliseconds since 1970; nil before the first evaluation.
    public var evaluatedAtMillis: Int64?
    /// Its pending and firing alerts.
    public var alerts: [AlertReport] = []

    /// A rule that was not evaluated yet.
    public init(group: String, file: String, name: String, isAlert: Bool, query: String) {
        self.group = group
        self.file = file
        self.name = name
        self.isAlert = isAlert
        self.query = query
    }

    var json: JSONValue {
        var members: [JSONMember] = [
            JSONMember(key: "group", value: .string(group)),
            JSONMember(key: "file", value: .string(file)),
            JSONMember(key: "name", value: .string(name)),
            JSONMember(key: "type", value: .string(isAlert ? "alerting" : "recording")),
            JSONMember(key: "state", value: .string(state.rawValue)),
            JSONMember(key: "query", value: .string(query)),
        ]
        if let error { members.append(JSONMember(key: "error", value: .string(error))) }
        if let evaluatedAtMillis {
            members.append(
                JSONMember(key: "evaluated_at", value: .string(RFC3339.text(millis: evaluatedAtMillis))))
        }
        if isAlert { members.append(JSONMember(key: "alerts", value: .array(alerts.map(\.json)))) }
        return .object(members)
    }
}

/// One pending or firing alert.
public struct AlertReport: Sendable, Equatable {
    /// Its labels, `alertname` among them.
    public var labels: [String: String]
    /// After template expansion.
    public var annotations: [String: String]
    /// Whether its `for` has passed.
    public var isFiring: Bool
    /// The expression's value at the last evaluation.
    public var value: Double
    /// When the expression became true, in milliseconds since 1970.
    public var activeAtMillis: Int64

    /// An alert as it stands.
    public init(
        labels: [String: String], annotations: [String: String], isFiring: Bool, value: Double, activeAtMillis: Int64
    ) {
        self.labels = labels
        self.annotations = annotations
        self.isFiring = isFiring
        self.value = value
        self.activeAtMillis = activeAtMillis
    }

    /// As Prometheus's API has it: the value is a string.
    var json: JSONValue {
        .object([
            "labels": Self.object(labels), "annotations": Self.object(annotations),
            "state": .string(isFiring ? "firing" : "pending"),
            "activeAt": .string(RFC3339.text(millis: activeAtMillis)),
            "value": .string(valueText),
        ])
    }

    /// `0.25`, `NaN`, `+Inf`.
    var valueText: String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func object(_ pairs: [String: String]) -> JSONValue {
        .object(pairs.sorted { $0.key < $1.key }.map { JSONMember(key: $0.key, value: .string($0.value)) })
    }
}

/// All rules after the last evaluation.
public struct RulesReport: Sendable, Equatable {
    /// In the order of files, groups and rules.
    public var rules: [RuleReport] = []
    /// Whether rules are evaluated at all.
    public var isEnabled = false

    /// No rules.
    public init() {}

    /// The answer of `GET /api/alerts`.
    var json: JSONValue {
        .object([
            "enabled": .boolean(isEnabled),
            "alerts": .array(rules.flatMap(\.alerts).map(\.json)),
            "rules": .array(rules.map(\.json)),
        ])
    }
}
