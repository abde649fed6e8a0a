import RegularExpressions
import TimeSeries

extension Parser {
    /// `name`, `name{…}`, `{…}` or `{"name", …}`; `name` is the word before, already consumed.
    mutating func vectorSelector(name: Token?) throws(Failure) -> VectorSelector {
        let first = name?.source ?? token.source
        let start = first.start
        var metric = name?.text ?? ""
        var matchers: [LabelMatcher] = []
        if at("{") { try matcherList(&metric, &matchers) }
        let source = first.extended(to: lastEnd)
        // Inside the braces the name may be matched as often as one likes, but not beside one before them.
        if name != nil, let second = matchers.first(where: { $0.name == Label.metricName }) {
            throw Failure(
                message: "metric name must not be set twice: \(Labels.quoted(metric)) or "
                    + Labels.quoted(second.value), offset: start)
        }
        if !metric.isEmpty { matchers.append(LabelMatcher(name: Label.metricName, equal: metric)) }
        if !allowsEmptySelectors, matchers.allSatisfy({ $0.matches("") }) {
            throw Failure(
                message: "vector selector must contain at least one non-empty matcher", offset: start)
        }
        return VectorSelector(
            name: metric, hasQuotedName: name == nil && !metric.isEmpty, matchers: matchers, source: source)
    }

    /// The first name in quotes is the metric's, unless one stands before the braces; others are matchers.
    private mutating func matcherList(_ metric: inout String, _ matchers: inout [LabelMatcher]) throws(Failure) {
        advance()
        while !at("}") {
            let label = token
            let isQuoted = label.kind == .string
            guard label.kind == .identifier || isQuoted else {
                throw unexpected("label matching", "identifier or \"}\"")
            }
            advance()
            if isQuoted, at(",") || at("}") {
                if metric.isEmpty {
                    metric = label.content
                } else {
                    matchers.append(LabelMatcher(name: Label.metricName, equal: label.content))
                }
            } else {
                matchers.append(try matcher(isQuoted ? label.content : label.text))
            }
            if at("}") { break }
            if !take(",") { throw unexpected("label matching", "\",\" or \"}\"") }
        }
        try expect("}", "label matching")
    }

    private mutating func matcher(_ name: String) throws(Failure) -> LabelMatcher {
        let operation = at("=") || at("!=") || at("=~") || at("!~") ? LabelMatcher.Kind(rawValue: token.text) : nil
        guard let operation else { throw unexpected("label matching", "label matching operator") }
        advance()
        guard token.kind == .string else { throw unexpected("label matching", "string") }
        let value = token.content
        let offset = token.source.start
        advance()
        switch operation {
        case .equal: return LabelMatcher(name: name, equal: value)
        case .notEqual: return LabelMatcher(name: name, equal: value, negated: true)
        case .regex, .notRegex:
            let regex: LinearRegex
            do throws(RegexError) {
                if let cache = options.regexCache {
                    regex = try cache.regex(value)
                } else {
                    regex = try LinearRegex(value, capturing: false)
                }
            } catch {
                throw Failure(message: error.description, offset: offset)
            }
            try count(regex, offset: offset)
            return LabelMatcher(name: name, regex: regex, negated: operation == .notRegex)
        }
    }

    /// Adds a regular expression to those of the whole expression.
    mutating func count(_ regex: LinearRegex, offset: Int) throws(Failure) {
        regexInstructions += regex.instructionCount
        if regexInstructions > options.maxRegexInstructions {
            throw Failure(
                message: "the expression's regular expressions take more than \(options.maxRegexInstructions) "
                    + "instructions", offset: offset)
        }
    }

    /// The labels of a series line, `name{a="b"}`: only `=` is allowed.
    mutating func seriesDescription() throws(Failure) -> Labels {
        var labels: [(String, String)] = []
        var name: String?
        if token.kind == .identifier || token.kind == .metricIdentifier {
            name = token.text
            advance()
        }
        if take("{") {
            while !at("}") {
                let label = token
                guard label.kind == .identifier || label.kind == .string else {
                    throw unexpected("label set", "identifier or \"}\"")
                }
                advance()
                if label.kind == .string, at(",") || at("}") {
                    labels.append((Label.metricName, label.content))
                } else {
                    try expect("=", "label set", "equal")
                    guard token.kind == .string else { throw unexpected("label set", "string") }
                    let name = label.kind == .string ? label.content : label.text
                    if labels.contains(where: { ByteOrder.equal($0.0, name) }) {
                        throw Failure(message: "label name \"\(name)\" is not unique", offset: label.source.start)
                    }
                    labels.append((name, token.content))
                    advance()
                }
                if !at("}"), !take(",") { throw unexpected("label set", "\",\" or \"}\"") }
            }
            try expect("}", "label set")
        }
        if token.kind != .endOfInput { throw unexpected("series description", "") }
        // The name before the braces wins over a __name__ inside.
        if let name { labels.append((Label.metricName, name)) }
        return Labels(labels)
    }

    // MARK: Modifiers

    mutating func rangeOrSubquery(_ current: Node) throws(Failure) -> Node {
        let bracket = token.source.start
        advance()
        let range = try durationExpression(minimum: 0, mustBePositive: true)
        if at(":") {
            advance()
            let step = at("]") ? nil : try durationExpression(minimum: 0, mustBePositive: true)
            try expect("]", "subquery selector", "\"]\"")
            guard current.expression.type == .vector else {
                throw Failure(
                    message: "subquery is only allowed on instant vector, got "
                        + "\(current.expression.type.rawValue) instead", offset: current.expression.source.start)
            }
            let source = current.expression.source.extended(to: lastEnd)
            let subquery = Subquery(inner: current.expression, range: range, step: step, source: source)
            return try node(.subquery(subquery), above: current.depth)
        }
        try expect("]", "range selector", "\"]\"")
        guard case .selector(let selector) = current.expression else {
            throw Failure(message: "ranges only allowed for vector selectors", offset: bracket)
        }
        if !selector.offset.isZero {
            throw Failure(message: "no offset modifiers allowed before range", offset: bracket)
        }
        if selector.at != nil {
            throw Failure(message: "no @ modifiers allowed before range", offset: bracket)
        }
        let source = selector.source.extended(to: lastEnd)
        return try node(.range(RangeSelector(selector: selector, range: range, source: source)), above: 1)
    }

    mutating func offsetModifier(_ current: Node) throws(Failure) -> Node {
        advance()
        let offset = try durationExpression(
            minimum: BinaryOperator.power.precedence + 1, mustBePositive: false)
        let end = lastEnd
        return try modified(current, "offset") { old, _ in
            if !old.isZero { return "offset may not be set multiple times" }
            old = offset
            return nil
        } extending: {
            $0.end = end
        }
    }

    mutating func atModifier(_ current: Node) throws(Failure) -> Node {
        advance()
        let value: AtModifier
        if atWord("start") || atWord("end") {
            value = atWord("start") ? .start : .end
            advance()
            try expect("(", "@")
            try expect(")", "@")
        } else {
            let offset = token.source.start
            let seconds = try signedNumber("@")
            guard let millis = Int64(exactly: (seconds * 1000).rounded()) else {
                throw Failure(
                    message: "timestamp out of bounds for @ modifier: \(formatPrometheusFloat(seconds))",
                    offset: offset)
            }
            value = .timestamp(millis)
        }
        let end = lastEnd
        return try modified(current, "@") { _, old in
            if old != nil { return "@ <timestamp> may not be set multiple times" }
            old = value
            return nil
        } extending: {
            $0.end = end
        }
    }

    /// Applies a change to the selector or subquery of an expression; the closure's answer is an error message.
    private func modified(
        _ current: Node, _ name: String,
        _ change: (inout DurationExpression, inout AtModifier?) -> String?,
        extending: (inout SourceRange) -> Void
    ) throws(Failure) -> Node {
        var message: String?
        var next = current
        switch current.expression {
        case .selector(var selector):
            message = change(&selector.offset, &selector.at)
            extending(&selector.source)
            next.expression = .selector(selector)
        case .range(var range):
            message = change(&range.selector.offset, &range.selector.at)
            extending(&range.source)
            next.expression = .range(range)
        case .subquery(var subquery):
            message = change(&subquery.offset, &subquery.at)
            extending(&subquery.source)
            next.expression = .subquery(subquery)
        default:
            message =
                "\(name) modifier must be preceded by an instant vector selector or range vector selector "
                + "or a subquery"
        }
        if let message { throw Failure(message: message, offset: current.expression.source.start) }
        return next
    }

    mutating func boundaryModifier(_ current: Node) throws(Failure) -> Node {
        let word = token.text.lowercased()
        let boundary = VectorSelector.Extension(rawValue: word)
        advance()
        func failure(_ message: String) -> Failure {
            Failure(message: message, offset: current.expression.source.start)
        }
        if !options.extendedRangeSelectors { throw failure("\(word) modifier is experimental and not enabled") }
        var next = current
        var old: VectorSelector.Extension?
        switch current.expression {
        case .selector(var selector):
            old = selector.boundary
            selector.boundary = boundary
            selector.source = selector.source.extended(to: lastEnd)
            next.expression = .selector(selector)
        case .range(var range):
            old = range.selector.boundary
            range.selector.boundary = boundary
            range.source = range.source.extended(to: lastEnd)
            next.expression = .range(range)
        case .subquery: throw failure("\(word) modifier is not supported for subqueries")
        default: throw failure("\(word) modifier not implemented")
        }
        if let old, old != boundary { throw failure("anchored and smoothed modifiers cannot be used together") }
        return next
    }
}
