import PromQL
import TestSupport

/// Random queries over ``DemoData`` in the language of Prometheus 2.42; some of them fail when they are evaluated.
struct QueryGenerator {
    var random: SeededGenerator

    private static let metrics: [(name: String, labels: [String])] = [
        ("demo_memory_usage_bytes", ["instance", "job", "type"]), ("demo_num_cpus", ["instance", "job"]),
        ("demo_disk_usage_bytes", ["instance", "job"]), ("demo_disk_total_bytes", ["instance", "job"]),
        ("demo_batch_last_success_timestamp_seconds", ["instance", "job"]),
        ("demo_cpu_usage_seconds_total", ["instance", "job", "mode"]), ("demo_items_shipped_total", ["instance"]),
        ("demo_api_request_duration_seconds_bucket", ["instance", "path", "status", "le"]),
        ("demo_api_request_duration_seconds_count", ["instance", "path", "status", "method"]),
        ("demo_intermittent_metric", ["instance", "job"]), ("odd_gauge", ["instance", "kind"]), ("odd_alone", []),
        ("nonexistent", ["instance"]),
    ]
    private static let values: [String: [String]] = [
        "instance": ["demo.promlabs.com:10000", "demo.promlabs.com:10001", "demo.promlabs.com:10002"],
        "job": ["demo", ""], "type": ["used", "cached", "buffers", "free"], "mode": ["idle", "system", "user"],
        "path": ["/api/foo", "/api/bar"], "status": ["200", "500"], "method": ["GET"],
        "le": ["0.005", "0.05", "0.1", "0.5", "1", "+Inf"], "kind": ["special", "small", "sparse"],
    ]
    private static let patterns = [
        ".*", ".+", ".*:1000[01]", "demo.*", "used|free", "2..", "(?i)USED", "/api/(foo|bar)", "", "[^s]+", "x?",
    ]
    private static let labels = [
        "instance", "instance", "job", "job", "type", "mode", "path", "status", "le", "kind", "nonexistent",
    ]

    /// A whole query, mostly an instant vector.
    mutating func query(depth: Int) -> QueryTree {
        switch random.int(0...19) {
        case 0: scalar(depth)
        case 1: matrix(depth)
        case 2...3: aggregation(depth, isRoot: true)
        default: vector(depth)
        }
    }

    /// A query with a character missing, doubled or replaced; most are wrong.
    mutating func damaged(_ query: QueryTree) -> QueryTree {
        var characters = Array("\(query)")
        let place = random.int(0...(characters.count - 1))
        switch random.int(0...2) {
        case 0: characters.remove(at: place)
        case 1: characters.insert(characters[place], at: place)
        default: characters[place] = pick(Array("(){}[]\"'`,:=!~<>+-*/%^@0a_ .#\\"))
        }
        return text(String(characters), query.type)
    }

    // MARK: Types

    /// A query of a type; `depth` bounds how far it nests.
    mutating func query(_ type: ValueType, depth: Int) -> QueryTree {
        switch type {
        case .vector: vector(depth)
        case .matrix: matrix(depth)
        case .scalar: scalar(depth)
        case .string: text("\"x\"", .string)
        }
    }

    private func text(_ text: String, _ type: ValueType) -> QueryTree { QueryTree(type, [.text(text)]) }

    private mutating func pick<T>(_ items: [T]) -> T { items[random.int(0...(items.count - 1))] }

    private mutating func number() -> String {
        pick(["0", "1", "2", "-1", "0.5", "3.7", "100", "1e9", "-0.3", "NaN", "Inf", "-Inf", "0x10", "1e-3"])
    }

    private mutating func scalar(_ depth: Int) -> QueryTree {
        switch random.int(0...(depth > 0 ? 9 : 4)) {
        case 0...3: return text(number(), .scalar)
        case 4: return text(pick(["time()", "pi()"]), .scalar)
        case 5...6: return .call(.scalar, "scalar", [vector(depth - 1)])
        case 7: return QueryTree(.scalar, [.text("-("), .child(scalar(depth - 1)), .text(")")])
        default:
            let comparison = random.oneIn(4)
            let operation =
                comparison ? pick(Self.comparisons) + " bool" : pick(["+", "-", "*", "/", "%", "^", "atan2"])
            return QueryTree(
                .scalar,
                [
                    .text("("), .child(scalar(depth - 1)), .text(" \(operation) "), .child(scalar(depth - 1)),
                    .text(")"),
                ])
        }
    }

    private mutating func vector(_ depth: Int) -> QueryTree {
        if depth <= 0 { return selector() }
        switch random.int(0...19) {
        case 0...1: return selector()
        case 2...6: return rangeFunction(depth)
        case 7...10: return instantFunction(depth)
        case 11...14: return aggregation(depth)
        case 15...18: return binary(depth)
        default: return QueryTree(.vector, [.text("-("), .child(vector(depth - 1)), .text(")")])
        }
    }

    /// - Parameter isFixable: whether `@` may stand there.
    private mutating func matrix(_ depth: Int, isFixable: Bool = true) -> QueryTree {
        if depth > 1, random.oneIn(4) {
            let span = pick(["1m", "5m", "13m", "1m30s"])
            let step = pick(["", "10s", "1m", "7s", "15s"])
            return QueryTree(
                .matrix, [.text("("), .child(vector(depth - 1)), .text(")[\(span):\(step)]")] + modifiers(isFixable))
        }
        let span = pick(["1s", "5s", "15s", "1m", "2m", "5m", "7m3s", "15m", "1h"])
        var tree = selector(hasModifiers: false)
        tree.type = .matrix
        tree.pieces.append(.text("[\(span)]"))
        tree.pieces += modifiers(isFixable)
        return tree
    }

    // MARK: Selectors

    private mutating func selector(hasModifiers: Bool = true) -> QueryTree {
        let metric = pick(Self.metrics)
        var pieces: [QueryTree.Piece]
        if random.oneIn(12) {
            let kind = pick(["=~\"demo_(num|disk).*\"", "=~\"odd_.+|demo_num_cpus\"", "=\"\(metric.name)\""])
            pieces = [.text("{__name__\(kind)"), .optional(",job!=\"\""), .text("}")]
        } else {
            pieces = [.text(metric.name)]
            if let label = metric.labels.isEmpty ? nil : pick(metric.labels), random.oneIn(2) {
                pieces.append(.optional("{\(matcher(label))\(random.oneIn(4) ? "," + matcher(label) : "")}"))
            }
        }
        return QueryTree(.vector, pieces + (hasModifiers ? modifiers() : []))
    }

    private mutating func matcher(_ label: String) -> String {
        if random.oneIn(2) { return "\(label)\(pick(["=", "!="]))\"\(pick(Self.values[label] ?? ["x"]))\"" }
        return "\(label)\(pick(["=~", "!~"]))\"\(pick(Self.patterns))\""
    }

    private mutating func modifiers(_ isFixable: Bool = true) -> [QueryTree.Piece] {
        var pieces: [QueryTree.Piece] = []
        if random.oneIn(6) { pieces.append(.optional(" offset \(pick(["1m", "5s", "-30s", "10m", "-2m", "1m30s"]))")) }
        if isFixable, random.oneIn(8) {
            let time = DemoData.start / 1_000 + Int64(random.int(600...5_400))
            pieces.append(.optional(" @ \(pick(["start()", "end()", "\(time)", "\(time).456"]))"))
        }
        return random.oneIn(2) ? pieces.reversed() : pieces
    }

    // MARK: Functions

    private mutating func rangeFunction(_ depth: Int) -> QueryTree {
        let name = pick([
            "rate", "increase", "delta", "irate", "idelta", "resets", "changes", "deriv", "avg_over_time",
            "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "stddev_over_time",
            "stdvar_over_time", "last_over_time", "present_over_time", "absent_over_time", "quantile_over_time",
            "predict_linear", "double_exponential_smoothing", "rate", "increase",
        ])
        // 2.42 moves a window that `@` fixed where another argument may change from step to step (repaired in 2.45).
        let range = matrix(depth, isFixable: !["quantile_over_time", "predict_linear"].contains(name))
        switch name {
        case "quantile_over_time": return .call(.vector, name, [scalar(depth - 2), range])
        case "predict_linear": return .call(.vector, name, [range, scalar(depth - 2)])
        case "double_exponential_smoothing":
            return .call(.vector, name, [range, text(pick(["0.5", "0.1", "0.99"]), .scalar), text("0.3", .scalar)])
        default: return .call(.vector, name, [range])
        }
    }

    private static let mathematics = [
        "abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "sgn", "deg", "rad",
        "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
    ]
    private static let dates = [
        "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "year",
    ]

    private mutating func instantFunction(_ depth: Int) -> QueryTree {
        let inner = vector(depth - 1)
        switch random.int(0...15) {
        case 0...1: return .call(.vector, pick(Self.mathematics), [inner])
        // Of a large computed number no digit of the angle is certain.
        case 2: return .call(.vector, pick(["sin", "cos", "tan"]), [selector()])
        case 3: return .call(.vector, pick(Self.dates), random.oneIn(5) ? [] : [inner])
        // With both offset and @ on its selector, 2.42 forgets the offset.
        case 4:
            return .call(.vector, "timestamp", [random.oneIn(2) ? selector(hasModifiers: false) : aggregation(depth)])
        case 5: return .call(.vector, "absent", [inner])
        case 6: return .call(.vector, pick(["sort", "sort_desc"]), [inner])
        case 7: return .call(.vector, "vector", [scalar(depth - 1)])
        case 8: return .call(.vector, pick(["clamp_min", "clamp_max"]), [inner, scalar(depth - 1)])
        case 9: return .call(.vector, "clamp", [inner, scalar(depth - 2), scalar(depth - 2)])
        case 10: return .call(.vector, "round", random.oneIn(2) ? [inner] : [inner, scalar(depth - 2)])
        case 11...12: return .call(.vector, "histogram_quantile", [scalar(depth - 2), buckets(depth)])
        case 13...14:
            let pattern = pick(["(.*)", "(.*):(.*)", "demo.*", "([a-z]+).*", "", "(?P<a>.).*", "(u)(s)ed|f(r)ee"])
            let value = pick(["$1", "x-$1-$2", "", "${1}y", "$a", "z", "$$1", "$3"])
            let strings = [pick(Self.labels), value, pick(Self.labels + ["__name__"]), pattern]
            return .call(.vector, "label_replace", [inner] + strings.map { text("\"\($0)\"", .string) })
        default:
            var strings = [pick(Self.labels), pick(["-", "", ":"])]
            for _ in 0..<random.int(0...2) { strings.append(pick(Self.labels)) }
            return .call(.vector, "label_join", [inner] + strings.map { text("\"\($0)\"", .string) })
        }
    }

    private mutating func buckets(_ depth: Int) -> QueryTree {
        let rates = "rate(demo_api_request_duration_seconds_bucket[\(pick(["1m", "5m", "10s"]))])"
        switch random.int(0...3) {
        case 0: return vector(depth - 1)
        case 1: return text("demo_api_request_duration_seconds_bucket", .vector)
        case 2: return text(rates, .vector)
        default: return text("sum by (le\(pick(["", ", instance", ", path"]))) (\(rates))", .vector)
        }
    }

    // MARK: Aggregations and operators

    private mutating func aggregation(_ depth: Int, isRoot: Bool = false) -> QueryTree {
        let name = pick([
            "sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "sum", "avg", "topk", "bottomk",
            "quantile", "count_values",
        ])
        var grouping: [QueryTree.Piece] = []
        if !random.oneIn(4) {
            let names = (0..<random.int(0...2)).map { _ in pick(Self.labels + ["__name__"]) }
            grouping = [.optional(" \(pick(["by", "without"])) (\(names.joined(separator: ", "))) ")]
        }
        var pieces: [QueryTree.Piece] = [.text(name)] + grouping + [.text("(")]
        var operand = vector(depth - 1)
        switch name {
        case "topk", "bottomk":
            // Which of equal samples is taken is left open, so that inside of others none may be equal.
            if !isRoot { operand = distinct() }
            pieces += [.child(text(pick(["1", "2", "3", "100", "0", "-1"]), .scalar)), .text(", ")]
        case "quantile": pieces += [.child(scalar(depth - 2)), .text(", ")]
        case "count_values":
            // Computed numbers differ in their last digits with the order of additions, which is left open.
            operand = selector()
            pieces += [.text("\"\(pick(["v", "instance", "type"]))\", ")]
        default: break
        }
        return QueryTree(.vector, pieces + [.child(operand), .text(")")])
    }

    /// A vector without equal samples.
    private mutating func distinct() -> QueryTree {
        text(
            pick([
                "demo_memory_usage_bytes", "demo_disk_usage_bytes", "rate(demo_cpu_usage_seconds_total[5m])",
                "demo_disk_usage_bytes offset 1m", "stddev_over_time(demo_memory_usage_bytes[2m])",
            ]), .vector)
    }

    private static let comparisons = ["==", "!=", "<", ">", "<=", ">="]

    private mutating func binary(_ depth: Int) -> QueryTree {
        let arithmetic = ["+", "-", "*", "/", "%", "^", "atan2"]
        let kind = random.int(0...9)
        let isComparison = kind >= 5 && kind < 8
        var operation = pick(kind < 5 ? arithmetic : isComparison ? Self.comparisons : ["and", "or", "unless"])
        if isComparison, random.oneIn(3) { operation += " bool" }
        let left = vector(depth - 1)
        if kind < 8, random.oneIn(2) {
            let number = scalar(depth - 1)
            let sides: [QueryTree] = random.oneIn(2) ? [left, number] : [number, left]
            return joined(sides, operation, [])
        }
        var matching: [QueryTree.Piece] = []
        if random.oneIn(2) {
            let names = (0..<random.int(0...2)).map { _ in pick(Self.labels + ["__name__"]) }
            var clause = " \(pick(["on", "ignoring"])) (\(names.joined(separator: ", ")))"
            if kind < 8, random.oneIn(2) {
                clause += " \(pick(["group_left", "group_right"])) (\(random.oneIn(2) ? pick(Self.labels) : ""))"
            }
            matching = [.optional(clause)]
        }
        // Half of the time both sides come from one metric, so that something matches.
        if random.oneIn(2) { return joined([left, left], operation, matching) }
        return joined([left, vector(depth - 1)], operation, matching)
    }

    private func joined(_ sides: [QueryTree], _ operation: String, _ matching: [QueryTree.Piece]) -> QueryTree {
        QueryTree(
            .vector,
            [.text("("), .child(sides[0]), .text(" \(operation)")] + matching
                + [.text(" "), .child(sides[1]), .text(")")])
    }
}
