/// One sample as templates see it: what Prometheus calls `template.sample`.
public struct TemplateSample: Sendable, Equatable {
    /// All labels, `__name__` included.
    public var labels: [String: String]
    /// The sample's value.
    public var value: Double

    /// A sample of `query`, or the one an alert was made of.
    public init(labels: [String: String], value: Double) {
        self.labels = labels
        self.value = value
    }
}

/// A value inside a template: the Go types that Prometheus's functions take and return.
public enum TemplateValue: Sendable {
    /// Go's nil: prints `<no value>`.
    case none
    /// `bool`.
    case bool(Bool)
    /// `int`, also what a whole number literal becomes.
    case int(Int64)
    /// `float64`.
    case float(Double)
    /// `string`.
    case string(String)
    /// `template.HTML` of `safeHtml`.
    case html(String)
    /// `[]interface {}`.
    case list([TemplateValue])
    /// `map[string]string`: a missing key is the empty string.
    case strings([String: String])
    /// `map[string]interface {}`: a missing key is nil.
    case map([String: TemplateValue])
    /// A struct: a field that is not there is an error.
    case record(type: String, fields: [(name: String, value: TemplateValue)])
    /// `*template.sample`.
    case sample(TemplateSample)
    /// `template.queryResult`.
    case samples([TemplateSample])
    /// `time.Time`, in nanoseconds since the epoch.
    case time(nanos: Int64)
    /// `time.Duration`, in nanoseconds.
    case duration(nanos: Int64)

    /// The name of the Go type, for `%T` and error texts.
    var typeName: String {
        switch self {
        case .none: "<nil>"
        case .bool: "bool"
        case .int: "int"
        case .float: "float64"
        case .string: "string"
        case .html: "template.HTML"
        case .list: "[]interface {}"
        case .strings: "map[string]string"
        case .map: "map[string]interface {}"
        case .record(let type, _): type
        case .sample: "*template.sample"
        case .samples: "template.queryResult"
        case .time: "*time.Time"
        case .duration: "time.Duration"
        }
    }

    /// Go's `template.IsTrue`: not the zero value; structs are always true.
    var isTrue: Bool {
        switch self {
        case .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .string(let text), .html(let text): !text.isEmpty
        case .list(let items): !items.isEmpty
        case .strings(let items): !items.isEmpty
        case .map(let items): !items.isEmpty
        case .samples(let items): !items.isEmpty
        case .duration(let nanos): nanos != 0
        case .record, .sample, .time: true
        }
    }

    /// What `fmt.Sprint` writes (`%v`).
    var text: String {
        switch self {
        case .none: "<no value>"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .float(let value): GoFloat.shortest(value)
        case .string(let text), .html(let text): text
        case .list(let items): "[" + items.map(\.text).joined(separator: " ") + "]"
        case .strings(let items): TemplateValue.mapText(items.map { ($0.key, $0.value) })
        case .map(let items): TemplateValue.mapText(items.map { ($0.key, $0.value.text) })
        case .record(_, let fields): "{" + fields.map(\.value.text).joined(separator: " ") + "}"
        case .sample(let sample): TemplateValue.sampleText(sample)
        case .samples(let samples): "[" + samples.map(TemplateValue.sampleText).joined(separator: " ") + "]"
        case .time(let nanos): GoTimeLayout.defaultString(CivilTime(unixNanos: nanos))
        case .duration(let nanos): GoDuration.string(nanos: nanos)
        }
    }

    private static func mapText(_ items: [(String, String)]) -> String {
        "map[" + items.sorted { $0.0 < $1.0 }.map { "\($0.0):\($0.1)" }.joined(separator: " ") + "]"
    }

    private static func sampleText(_ sample: TemplateSample) -> String {
        "{\(mapText(sample.labels.map { ($0.key, $0.value) })) \(GoFloat.shortest(sample.value))}"
    }
}

extension CivilTime {
    init(unixNanos nanos: Int64) {
        let (seconds, rest) = nanos.flooredDivision(by: 1_000_000_000)
        self.init(unixSeconds: seconds, nanosecond: Int(rest))
    }
}
