/// A function of the template language: its parameters decide which arguments are accepted, as reflection does in Go.
struct TemplateFunction: Sendable {
    enum Parameter: String, Sendable {
        case any = "interface {}"
        case string
        case float = "float64"
        case sample = "*template.sample"
        case samples = "template.queryResult"
    }

    /// What a function failed with; the executor adds `error calling <name>: `.
    struct Failure: Error, CustomStringConvertible {
        var message: String
        var description: String { message }
        init(_ message: String) { self.message = message }
    }

    typealias Body = @Sendable ([TemplateValue], TemplateEnvironment) throws(Failure) -> TemplateValue

    var parameters: [Parameter]
    /// The last parameter may be given any number of times, also none.
    var isVariadic = false
    var body: Body

    func parameter(at index: Int) -> Parameter {
        parameters[min(index, parameters.count - 1)]
    }
}

/// What functions see of the world: the query engine, the evaluation's time, the external URL.
public struct TemplateEnvironment: Sendable {
    /// Answers `query`, with the labels' `__name__` kept. The error's text goes into the annotation.
    public var query: @Sendable (String) throws -> [TemplateSample]
    /// The evaluation's time, milliseconds since the epoch.
    public var timestampMillis: Int64
    /// The program's own address as users reach it; empty when unknown.
    public var externalURL: String

    /// An environment; without a `query` every query has an empty result.
    public init(
        timestampMillis: Int64 = 0, externalURL: String = "",
        query: @escaping @Sendable (String) throws -> [TemplateSample] = { _ in [] }
    ) {
        self.query = query
        self.timestampMillis = timestampMillis
        self.externalURL = externalURL
    }
}
