import PromQL
import TimeSeries

/// Reads a line such as `name{a="b"} 1 2+3x4 _ stale`.
enum SeriesLine {
    static func parse(_ text: String) throws -> Script.Line {
        let characters = Array(text)
        let end = endOfMetric(characters)
        var metric = String(characters[..<end])
        var rest = String(characters[end...])
        var isStart = false
        if rest.hasPrefix("@st") {
            isStart = true
            rest = String(rest.dropFirst(3))
        }
        if metric.hasSuffix("@st") {
            isStart = true
            metric = String(metric.dropLast(3))
        }
        let labels = metric == "{}" ? Labels.empty : try Parser.parseLabels(metric)
        if isStart {
            return Script.Line(labels: labels, values: [], starts: try StartTimestampLine.offsets(rest))
        }
        return Script.Line(labels: labels, values: try values(rest))
    }

    /// The first place after the metric: behind the closing brace, or at the first blank without braces.
    private static func endOfMetric(_ text: [Character]) -> Int {
        var quote: Character?
        var place = 0
        var isInside = false
        while place < text.count {
            let character = text[place]
            if let open = quote {
                if character == "\\", open != "`" { place += 1 }
                if character == open { quote = nil }
            } else if isInside, character == "\"" || character == "'" || character == "`" {
                quote = character
            } else if character == "{" {
                isInside = true
            } else if character == "}" {
                return place + 1
            } else if !isInside, character.isWhitespace {
                return place
            }
            place += 1
        }
        return place
    }

    /// `_`, `_x3`, `1`, `1x3`, `1+2x3`, `1-2x3`, `stale`, `NaN`, `Inf`, and histograms in the place of numbers.
    static func values(_ text: String) throws -> [Script.Sample?] {
        var out: [Script.Sample?] = []
        for word in words(text) {
            if word == "_" {
                out.append(nil)
            } else if word.hasPrefix("_x") {
                out += [Script.Sample?](repeating: nil, count: try count(word.dropFirst(2)))
            } else if word == "stale" {
                out.append(.number(staleMarker))
            } else if word.hasPrefix("{{") {
                out += try histograms(word)
            } else if let number = plainNumber(word) {
                out.append(.number(number))
            } else {
                out += try repeated(word).map { $0.map { .number($0) } }
            }
        }
        return out
    }

    /// Splits at blanks, but not inside histograms.
    private static func words(_ text: String) -> [Substring] {
        var words: [Substring] = []
        var start: String.Index?
        var depth = 0
        for place in text.indices {
            if text[place] == "{" { depth += 1 }
            if text[place] == "}" { depth -= 1 }
            if text[place].isWhitespace, depth == 0 {
                if let start { words.append(text[start..<place]) }
                start = nil
            } else if start == nil {
                start = place
            }
        }
        if let start { words.append(text[start...]) }
        return words
    }

    /// `{{…}}`, `{{…}}x3`, `{{…}}+{{…}}x3`, `{{…}}-{{…}}x3`.
    private static func histograms(_ word: Substring) throws -> [Script.Sample?] {
        func literal(_ rest: inout Substring) throws -> FloatHistogram {
            guard let end = rest.firstRange(of: "}}") else { throw ScriptError(description: "open histogram: \(word)") }
            defer { rest = rest[end.upperBound...] }
            return try FloatHistogram(notation: String(rest[..<end.upperBound]))
        }
        var rest = word
        var value = try literal(&rest)
        let hasHint = word.contains("counter_reset_hint")
        var step: FloatHistogram?
        let isMinus = rest.hasPrefix("-")
        if rest.hasPrefix("+") || isMinus {
            rest = rest.dropFirst()
            step = try literal(&rest)
        }
        var out: [Script.Sample?] = [.histogram(value, hasHint: hasHint)]
        if rest.isEmpty { return out }
        guard rest.hasPrefix("x") else { throw ScriptError(description: "not a value: \(word)") }
        for _ in 0..<(try count(rest.dropFirst())) {
            if let step { _ = try isMinus ? value.subtract(step) : value.add(step) }
            out.append(.histogram(value, hasHint: hasHint))
        }
        return out
    }

    private static func plainNumber(_ word: Substring) -> Double? {
        word.hasPrefix("0x") || word.contains("x") ? nil : ScriptReader.number(String(word))
    }

    private static func count(_ text: Substring) throws -> Int {
        guard let count = Int(text), count >= 0, count < 1_000_000 else {
            throw ScriptError(description: "not a count: \(text)")
        }
        return count
    }

    private static func repeated(_ word: Substring) throws -> [Double?] {
        guard let cross = word.lastIndex(of: "x") else { throw ScriptError(description: "not a value: \(word)") }
        let times = try count(word[word.index(after: cross)...])
        let head = word[..<cross]
        var start = head
        var step = 0.0
        let bytes = Array(head)
        for place in bytes.indices.dropFirst().reversed()
        where (bytes[place] == "+" || bytes[place] == "-") && bytes[place - 1] != "e" && bytes[place - 1] != "E" {
            start = head.prefix(place)
            guard let increment = ScriptReader.number(String(bytes[place...])) else {
                throw ScriptError(description: "not an increment: \(word)")
            }
            step = increment
            break
        }
        guard var value = ScriptReader.number(String(start)) else {
            throw ScriptError(description: "not a value: \(word)")
        }
        var out: [Double?] = [value]
        for _ in 0..<times {
            value += step
            out.append(value)
        }
        return out
    }
}
