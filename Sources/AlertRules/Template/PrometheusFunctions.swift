import PromQL

/// The functions that Prometheus adds to Go's (documentation: "Template reference", "Functions").
enum PrometheusFunctions {
    typealias Failure = TemplateFunction.Failure

    /// Go's functions and Prometheus's.
    static let all = BuiltinFunctions.all
        .merging(queries) { $1 }.merging(numbers) { $1 }.merging(strings) { $1 }.merging(others) { $1 }

    private static let queries: [String: TemplateFunction] = [
        "query": TemplateFunction(parameters: [.string]) { args, environment throws(Failure) in
            do {
                return .samples(try environment.query(args[0].text))
            } catch {
                throw Failure("\(error)")
            }
        },
        "first": TemplateFunction(parameters: [.samples]) { args, _ throws(Failure) in
            guard let first = samples(args[0]).first else {
                throw Failure("first() called on vector with no elements")
            }
            return .sample(first)
        },
        "label": TemplateFunction(parameters: [.string, .sample]) { args, _ in
            .string(sample(args[1]).labels[args[0].text] ?? "")
        },
        "value": TemplateFunction(parameters: [.sample]) { args, _ in .float(sample(args[0]).value) },
        "strvalue": TemplateFunction(parameters: [.sample]) { args, _ in
            .string(sample(args[0]).labels["__value__"] ?? "")
        },
        "sortByLabel": TemplateFunction(parameters: [.string, .samples]) { args, _ in
            let label = args[0].text
            let keyed = samples(args[1]).enumerated().map { ($0.element.labels[label] ?? "", $0.offset, $0.element) }
            return .samples(keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { $0.2 })
        },
    ]

    private static let numbers: [String: TemplateFunction] = [
        "humanize": number { .string(Humanize.metric($0)) },
        "humanize1024": number { .string(Humanize.binary($0)) },
        "humanizeDuration": number { .string(Humanize.duration($0)) },
        "humanizePercentage": number { .string(Humanize.percentage($0)) },
        "humanizeTimestamp": number { value throws(Failure) in
            value.isFinite
                ? .string(TemplateValue.time(nanos: try nanos(value)).text) : .string(GoFloat.fourDigits(value))
        },
        "toTime": number { value throws(Failure) in
            .time(nanos: try nanos(value))
        },
        "toDuration": number { value throws(Failure) in
            guard value.isFinite else { throw Failure("value is NaN or Inf") }
            guard let nanos = Int64(exactly: (value * 1e9).rounded(.towardZero)) else { throw overflow(value) }
            return .duration(nanos: nanos)
        },
        "now": TemplateFunction(parameters: []) { _, environment in
            .float(Double(environment.timestampMillis) / 1_000)
        },
        "parseDuration": TemplateFunction(parameters: [.string]) { args, _ throws(Failure) in
            do {
                return .float(Double(try parsePrometheusDuration(args[0].text)) / 1_000)
            } catch {
                throw Failure("\(error)")
            }
        },
    ]

    private static let strings: [String: TemplateFunction] = [
        "title": text(TextCase.title),
        "toUpper": text { $0.uppercased() },
        "toLower": text { $0.lowercased() },
        "stripPort": text(HostPort.stripPort),
        "stripDomain": text(HostPort.stripDomain),
        "urlQueryEscape": text(TextEscape.query),
        "graphLink": text { "/graph?g0.expr=\(TextEscape.query($0))&g0.tab=0" },
        "tableLink": text { "/graph?g0.expr=\(TextEscape.query($0))&g0.tab=1" },
        "safeHtml": TemplateFunction(parameters: [.string]) { args, _ in .html(args[0].text) },
        "match": TemplateFunction(parameters: [.string, .string]) { args, _ throws(Failure) in
            .bool(try pattern(args[0].text).isFound(in: args[1].text))
        },
        "reReplaceAll": TemplateFunction(parameters: [.string, .string, .string]) { args, _ throws(Failure) in
            let replaced = try pattern(args[0].text).replacingAll(in: args[2].text, with: args[1].text)
            guard let replaced else { throw Failure("the text, its matches or the result are too large") }
            return .string(replaced)
        },
    ]

    private static let others: [String: TemplateFunction] = [
        "args": TemplateFunction(parameters: [.any], isVariadic: true) { args, _ in
            .map(Dictionary(uniqueKeysWithValues: args.enumerated().map { ("arg\($0.offset)", $0.element) }))
        },
        "externalURL": TemplateFunction(parameters: []) { _, environment in .string(environment.externalURL) },
        "pathPrefix": TemplateFunction(parameters: []) { _, environment in
            .string(HostPort.path(ofURL: environment.externalURL))
        },
    ]

    // MARK: Shapes of functions

    private static func text(_ body: @escaping @Sendable (String) -> String) -> TemplateFunction {
        TemplateFunction(parameters: [.string]) { args, _ in .string(body(args[0].text)) }
    }

    /// A function of anything that can be read as a number.
    private static func number(
        _ body: @escaping @Sendable (Double) throws(Failure) -> TemplateValue
    ) -> TemplateFunction {
        TemplateFunction(parameters: [.any]) { args, _ throws(Failure) in try body(try float(args[0])) }
    }

    private static func float(_ value: TemplateValue) throws(Failure) -> Double {
        switch value {
        case .float(let number): return number
        case .int(let number): return Double(number)
        case .duration(let nanos): return Double(nanos) / 1e9
        case .string(let text):
            guard let number = GoNumber.float(text) else {
                throw Failure("strconv.ParseFloat: parsing \(GoQuote.quoted(text)): invalid syntax")
            }
            return number
        default: throw Failure("can't convert \(value.typeName) to float")
        }
    }

    private static func nanos(_ seconds: Double) throws(Failure) -> Int64 {
        guard seconds.isFinite else { throw Failure("value is NaN or Inf") }
        guard let nanos = Humanize.nanos(unixSeconds: seconds) else { throw overflow(seconds) }
        return nanos
    }

    private static func overflow(_ value: Double) -> Failure {
        let shown = GoFloat.shortest(value)
        return Failure("\(shown) cannot be represented as a nanoseconds timestamp since it overflows int64")
    }

    private static func pattern(_ text: String) throws(Failure) -> TextPattern {
        do {
            return try TextPattern(text)
        } catch {
            throw Failure("\(error)")
        }
    }

    private static func samples(_ value: TemplateValue) -> [TemplateSample] {
        if case .samples(let samples) = value { samples } else { [] }
    }

    private static func sample(_ value: TemplateValue) -> TemplateSample {
        if case .sample(let sample) = value { sample } else { TemplateSample(labels: [:], value: .nan) }
    }
}
