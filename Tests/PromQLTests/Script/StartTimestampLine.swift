import PromQL

/// Reads the items of a line such as `name{a="b"}@st _ -1m 30s+1sx4`: starts relative to the samples' times.
enum StartTimestampLine {
    /// Milliseconds, nil for a gap.
    static func offsets(_ text: String) throws -> [Int64?] {
        try text.split(whereSeparator: \.isWhitespace).flatMap(item)
    }

    private static func item(_ word: Substring) throws -> [Int64?] {
        if word == "_" { return [nil] }
        let parts = word.split(separator: "x", maxSplits: 1)
        guard let times = parts.count == 2 ? Int(parts[1]) : 0, let head = parts.first else {
            throw ScriptError(description: "not a start timestamp: \(word)")
        }
        if head == "_" { return [Int64?](repeating: nil, count: times) }
        let sign = head.dropFirst().lastIndex { $0 == "+" || $0 == "-" }
        let first = try duration(sign.map { head[..<$0] } ?? head)
        let step = try sign.map { try duration(head[$0...]) } ?? 0
        return (0...times).map { first + Int64($0) * step }
    }

    private static func duration(_ text: Substring) throws -> Int64 {
        let negative = text.hasPrefix("-")
        let digits = negative || text.hasPrefix("+") ? text.dropFirst() : text
        return try parsePrometheusDuration(String(digits)) * (negative ? -1 : 1)
    }
}
