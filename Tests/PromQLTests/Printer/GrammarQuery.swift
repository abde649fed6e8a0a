import TestSupport

/// Random expressions over the whole grammar that Prometheus 2.42 and 3 share, with random spaces and comments.
///
/// Left out is what the two print differently: numbers below 1e-4 and from 1e6 on (2.x uses exponents), durations as
/// numbers, quoted names, and groupings after an empty `ignoring ()` (2.x forgets them).
enum GrammarQuery {
    /// Vectors mostly; each space may be several, a line's end or a comment.
    static func expression(_ random: inout SeededGenerator) -> String {
        let depth = random.int(1...6)
        let text = random.oneIn(8) ? scalar(&random, depth) : vector(&random, depth)
        var out = ""
        for character in text {
            out += character == "·" ? space(&random) : String(character)
        }
        return out
    }

    private static func space(_ random: inout SeededGenerator) -> String {
        switch random.int(0...30) {
        case 0: "\n"
        case 1: " # a comment \"(\n"
        case 2: "\t\r\n  "
        default: " "
        }
    }

    private static func pick(_ random: inout SeededGenerator, _ choices: [String]) -> String {
        choices[random.int(0...(choices.count - 1))]
    }

    // MARK: Vectors

    static func vector(_ random: inout SeededGenerator, _ depth: Int) -> String {
        if depth <= 0 { return selector(&random) + modifiers(&random) }
        switch random.int(0...13) {
        case 0, 1: return selector(&random) + modifiers(&random)
        case 2, 3, 4: return aggregation(&random, depth - 1)
        case 5: return "(·" + vector(&random, depth - 1) + "·)"
        case 6: return pick(&random, ["-", "+", "-·"]) + operand(&random, depth - 1)
        case 7: return rangeCall(&random, depth - 1)
        case 8: return call(&random, depth - 1)
        case 9: return labelCall(&random, depth - 1)
        case 10: return scalarOperation(&random, depth - 1)
        default: return operation(&random, depth - 1)
        }
    }

    /// Bracketed now and then, so that precedence matters.
    private static func operand(_ random: inout SeededGenerator, _ depth: Int) -> String {
        random.oneIn(3) ? "(" + vector(&random, depth) + ")" : vector(&random, depth)
    }

    private static func aggregation(_ random: inout SeededGenerator, _ depth: Int) -> String {
        var head = pick(&random, ["sum", "avg", "count", "MIN", "max", "group", "stddev", "stdvar"])
        var body = vector(&random, depth)
        switch random.int(0...9) {
        case 0:
            head = pick(&random, ["topk", "bottomk", "quantile"])
            body = scalar(&random, depth - 2) + "·,·" + body
        case 1:
            head = "count_values"
            body = "\"value\"," + body
        default: break
        }
        let clause = pick(&random, ["by", "BY", "without"]) + "·(" + labels(&random) + ")"
        switch random.int(0...2) {
        case 0: return head + "(·" + body + "·)"
        case 1: return head + "·" + clause + "·(" + body + ")"
        default: return head + "(" + body + "·)·" + clause
        }
    }

    private static func labels(_ random: inout SeededGenerator) -> String {
        let names = [
            "job", "instance", "by", "on", "sum", "le", "a_rather_long_label_name", "__name__", "offset", "bool",
        ]
        return (0..<random.int(0...3)).map { _ in pick(&random, names) }.joined(separator: ",·")
    }

    private static func operation(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let isSet = random.oneIn(4)
        let comparison = ["==", "!=", ">", "<", ">=", "<=", "== bool", "<·bool"]
        let arithmetic = ["+", "-", "*", "/", "%", "^", "atan2"]
        var middle = pick(&random, isSet ? ["and", "or", "UNLESS"] : random.oneIn(2) ? comparison : arithmetic)
        switch random.int(0...3) {
        case 0: middle += "·on·(" + labels(&random) + ")"
        case 1: middle += "·ignoring·(job" + (random.oneIn(2) ? ",·mode)" : ")")
        default: return operand(&random, depth) + "·" + middle + "·" + operand(&random, depth - 1)
        }
        if !isSet, random.oneIn(2) {
            middle += "·" + pick(&random, ["group_left", "group_right"])
            if random.oneIn(2) { middle += "·(" + pick(&random, ["", "version", "version,·x"]) + ")" }
        }
        return operand(&random, depth) + "·" + middle + "·" + operand(&random, depth - 1)
    }

    private static func scalarOperation(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let middle = pick(&random, ["+", "-", "*", "/", "%", "^", "atan2", ">", "==", "<= bool", "!=·bool"])
        let (left, right) = (vector(&random, depth), scalar(&random, depth - 2))
        return random.oneIn(3) ? right + "·" + middle + "·" + left : left + "·" + middle + "·" + right
    }

    private static func call(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let plain = [
            "abs", "absent", "ceil", "floor", "exp", "ln", "sort", "sort_desc", "sgn", "sqrt", "timestamp", "hour",
            "day_of_week", "histogram_count", "histogram_sum", "round", "acosh", "deg",
        ]
        switch random.int(0...4) {
        case 0: return "histogram_quantile(\(scalar(&random, 0)),·\(vector(&random, depth)))"
        case 1:
            return pick(&random, ["clamp_max", "clamp_min", "round"])
                + "(\(vector(&random, depth)),\(scalar(&random, 0)))"
        case 2: return "vector(·\(scalar(&random, depth))·)"
        case 3: return "clamp(\(vector(&random, depth)),·0,·\(scalar(&random, 1)))"
        default: return pick(&random, plain) + "(" + vector(&random, depth) + ")"
        }
    }

    private static func labelCall(_ random: inout SeededGenerator, _ depth: Int) -> String {
        if random.oneIn(2) {
            return "label_replace(\(vector(&random, depth)),·\"dst\",·\"$1\\n\",·`src`,·'(.*)é\"')"
        }
        return "label_join(·\(vector(&random, depth)),\"dst\", \"\\\\,\",·\"a\",·\"b\")"
    }

    private static func rangeCall(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let names = [
            "rate", "increase", "irate", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time",
            "max_over_time", "last_over_time", "absent_over_time", "present_over_time", "stddev_over_time",
        ]
        let range = random.oneIn(3) ? subquery(&random, depth) : selector(&random) + "[\(duration(&random))]"
        let matrix = range + modifiers(&random)
        switch random.int(0...5) {
        case 0: return "quantile_over_time(\(scalar(&random, 0)),·\(matrix))"
        case 1: return "predict_linear(\(matrix),·\(scalar(&random, 1)))"
        default: return pick(&random, names) + "(" + matrix + ")"
        }
    }

    private static func subquery(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let step = pick(&random, ["", "1m", " 30s "])
        let inner = random.oneIn(2) ? "(" + vector(&random, depth) + ")" : rangeCall(&random, depth - 1)
        return inner + "[\(duration(&random)):\(step)]"
    }

    // MARK: Small parts

    private static func scalar(_ random: inout SeededGenerator, _ depth: Int) -> String {
        let literals = [
            "0", "1", "-1", "0.5", "100", "1e3", "2.5e-3", "0x1F", "Inf", "-inf", "NaN", "123456", "017", "3.14159265",
            ".5",
            "- 2", "+7", "12345.125", "99999",
        ]
        if depth <= 0 { return pick(&random, literals) }
        switch random.int(0...6) {
        case 0: return pick(&random, ["time()", "pi(·)"])
        case 1: return "scalar(\(vector(&random, depth - 1)))"
        case 2: return "(\(scalar(&random, depth - 1)))"
        case 3, 4:
            let middle = pick(&random, ["+", "-", "*", "/", "%", "^", "> bool", "==·bool", "atan2"])
            return scalar(&random, depth - 1) + "·" + middle + "·" + scalar(&random, depth - 1)
        case 5: return "-(\(scalar(&random, depth - 1)))"
        default: return pick(&random, literals)
        }
    }

    private static func selector(_ random: inout SeededGenerator) -> String {
        let names = [
            "up", "foo", "http_requests_total", "job:requests:rate5m", "node_filesystem_avail_bytes",
            "a_very_long_metric_name_that_fills_the_line_rather_quickly_total", ":colon", "_x",
        ]
        let count = random.oneIn(3) ? 0 : random.int(1...4)
        let matchers = (0..<count).map { _ in matcher(&random) }.joined(separator: ",·")
        if random.oneIn(10) { return "{__name__=\"some.metric\",·" + matchers + "}" }
        return pick(&random, names) + (count == 0 && random.oneIn(2) ? "" : "{·" + matchers + "}")
    }

    private static func matcher(_ random: inout SeededGenerator) -> String {
        let name = pick(&random, ["job", "instance", "le", "mode", "on", "sum", "code", "a_longer_label_name", "_"])
        if random.oneIn(3) {
            return name + pick(&random, ["=~", "!~"])
                + pick(&random, ["\"a|b\"", "'.+'", "`5\\d\\d`", "\"\"", "\"[^/]*\""])
        }
        let values = [
            "\"\"", "\"api-server\"", "'it\"s'", "`back\\slash`", "\"tab\\tnew\\nline\"", "\"ünï\"", "\"\\u200b\\x00\"",
            "\"a value that is long enough to matter\"", "\"x y\"",
        ]
        return name + pick(&random, ["=", "!=", "·=·"]) + pick(&random, values)
    }

    private static func modifiers(_ random: inout SeededGenerator) -> String {
        let offsets = ["·offset·5m", "·offset -1h30m", "·OFFSET·1w", "·offset 90s", "·offset 500ms"]
        let ats = ["·@·start()", "·@ end()", "·@ 1609746000", "·@·-1.5", "·@·1.2345"]
        switch random.int(0...9) {
        case 0: return pick(&random, offsets)
        case 1: return pick(&random, ats)
        case 2: return pick(&random, offsets) + pick(&random, ats)
        case 3: return pick(&random, ats) + pick(&random, offsets)
        default: return ""
        }
    }

    private static func duration(_ random: inout SeededGenerator) -> String {
        pick(&random, ["5m", " 1h30m", "90s", "7d", "400d", "1y", "2w", "1500ms ", "1d12h", "60m"])
    }
}
