import PromQL
import TimeSeries

/// Something in a script that the grammar doesn't know.
struct ScriptError: Error, CustomStringConvertible {
    let description: String
}

/// Reads promqltest scripts.
struct ScriptReader {
    private let lines: [String]
    private var place = 0

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let trimmed = ScriptReader.trim(line)
            return trimmed.hasPrefix("#") ? "" : trimmed
        }
    }

    static func trim(_ text: some StringProtocol) -> String {
        var view = Substring(text)
        while let first = view.first, first.isWhitespace { view.removeFirst() }
        while let last = view.last, last.isWhitespace { view.removeLast() }
        return String(view)
    }

    mutating func read() throws -> Script {
        var script = Script()
        while place < lines.count {
            let line = lines[place]
            place += 1
            if line.isEmpty { continue }
            let word = (line.split(whereSeparator: \.isWhitespace).first ?? "").lowercased()
            if word == "clear" {
                script.commands.append(.clear)
            } else if word.hasPrefix("load") {
                script.commands.append(.load(try load(line)))
            } else if word.hasPrefix("eval") {
                script.commands.append(.evaluate(try evaluation(line)))
            } else {
                throw ScriptError(description: "line \(place): unknown command \(line)")
            }
        }
        return script
    }

    private mutating func block() -> [String] {
        var block: [String] = []
        while place < lines.count, !lines[place].isEmpty {
            block.append(lines[place])
            place += 1
        }
        return block
    }

    private mutating func load(_ line: String) throws -> Script.Load {
        let words = line.split(whereSeparator: \.isWhitespace)
        var load = Script.Load(
            stepMillis: try parsePrometheusDuration(String(words[1])),
            convertsHistograms: words[0] == "load_with_nhcb")
        var starts: Script.Line?
        for text in block() {
            var line = try SeriesLine.parse(text)
            if !line.starts.isEmpty {
                starts = line
                continue
            }
            if let own = starts {
                guard own.labels == line.labels, own.starts.count == line.values.count else {
                    throw ScriptError(description: "start timestamps don't fit: \(text)")
                }
                line.starts = own.starts
                starts = nil
            }
            load.series.append(line)
        }
        if starts != nil { throw ScriptError(description: "start timestamps without samples: \(line)") }
        return load
    }

    private mutating func evaluation(_ line: String) throws -> Script.Evaluation {
        let start = place
        var words = Words(line)
        let command = words.next().lowercased()
        let mode = words.next()
        let kind: Script.Evaluation.Kind
        if mode == "instant" {
            try words.skip("at")
            kind = .instant(try parsePrometheusDuration(words.next()))
        } else {
            try words.skip("from")
            let from = try parsePrometheusDuration(words.next())
            try words.skip("to")
            let through = try parsePrometheusDuration(words.next())
            try words.skip("step")
            kind = .range(from: from, through: through, step: try parsePrometheusDuration(words.next()))
        }
        var evaluation = Script.Evaluation(line: start, expression: words.rest, kind: kind)
        switch command {
        case "eval_fail": evaluation.expectation.failure = .anything
        case "eval_warn": evaluation.expectation.warnings = [.anything]
        case "eval_info": evaluation.expectation.infos = [.anything]
        case "eval_ordered": evaluation.expectation.isOrdered = true
        default: break
        }
        try readBody(&evaluation.expectation)
        return evaluation
    }

    private mutating func readBody(_ expectation: inout Script.Expectation) throws {
        for line in block() {
            if line.hasPrefix("expected_fail_message ") {
                expectation.failure = .text(String(line.dropFirst("expected_fail_message ".count)))
            } else if line.hasPrefix("expect ") || line == "expect" {
                try readExpectation(ScriptReader.trim(line.dropFirst("expect".count)), &expectation)
            } else if let number = ScriptReader.number(line) {
                expectation.scalar = number
            } else {
                expectation.series.append(try SeriesLine.parse(line))
            }
        }
    }

    private func readExpectation(_ text: String, _ expectation: inout Script.Expectation) throws {
        var words = Words(text)
        let kind = words.next()
        let rest = words.rest
        if kind == "string" {
            guard case .string(let literal) = try Parser.parse(rest) else {
                throw ScriptError(description: "not a string: \(rest)")
            }
            expectation.string = literal.value
            return
        }
        if kind == "range" {
            try words.skip("vector")
            try words.skip("from")
            let from = try parsePrometheusDuration(words.next())
            try words.skip("to")
            let through = try parsePrometheusDuration(words.next())
            try words.skip("step")
            expectation.rangeVector = (from, through, try parsePrometheusDuration(words.next()))
            return
        }
        let matcher: Script.Matcher =
            if rest.hasPrefix("msg:") {
                .text(ScriptReader.trim(rest.dropFirst(4)))
            } else if rest.hasPrefix("regex:") {
                .regex(ScriptReader.trim(rest.dropFirst(6)))
            } else {
                .anything
            }
        switch kind {
        case "ordered": expectation.isOrdered = true
        case "fail": expectation.failure = matcher
        case "warn": expectation.warnings.append(matcher)
        case "info": expectation.infos.append(matcher)
        case "no_warn": expectation.forbidsWarnings = true
        case "no_info": expectation.forbidsInfos = true
        default: throw ScriptError(description: "unknown expectation \(text)")
        }
    }

    /// A number as Go reads it.
    static func number(_ text: String) -> Double? {
        switch text.lowercased() {
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "nan": return .nan
        default: break
        }
        if text.hasPrefix("0x"), let value = Int64(text.dropFirst(2), radix: 16) { return Double(value) }
        return Double(text)
    }
}

/// The words of a line, one after the other.
struct Words {
    private(set) var rest: String

    init(_ text: String) { rest = ScriptReader.trim(text) }

    mutating func next() -> String {
        let word = rest.prefix { !$0.isWhitespace }
        rest = ScriptReader.trim(rest.dropFirst(word.count))
        return String(word)
    }

    mutating func skip(_ expected: String) throws {
        let word = next()
        if word != expected { throw ScriptError(description: "expected \(expected), found \(word)") }
    }
}
