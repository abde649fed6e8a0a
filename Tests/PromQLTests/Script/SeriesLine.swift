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
        if isStart { return Script.Line(labels: labels, values: [], isStartTimestamps: true) }
        if rest.contains("{{") { return Script.Line(labels: labels, values: [], hasHistograms: true) }
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

    /// `_`, `_x3`, `1`, `1x3`, `1+2x3`, `1-2x3`, `stale`, `NaN`, `Inf`.
    static func values(_ text: String) throws -> [Double?] {
        var out: [Double?] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if word == "_" {
                out.append(nil)
            } else if word.hasPrefix("_x") {
                out += [Double?](repeating: nil, count: try count(word.dropFirst(2)))
            } else if word == "stale" {
                out.append(staleMarker)
            } else if let number = plainNumber(word) {
                out.append(number)
            } else {
                out += try repeated(word)
            }
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
