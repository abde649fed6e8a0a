import PromQL
import TestSupport
import Testing
import TimeSeries

/// Deep and long expressions must end with a result or an error on the smallest stack that threads usually have.
@Suite struct DepthTests {
    static let stackBytes = 512 << 10

    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        let text: @Sendable (Int) -> String
        var testDescription: String { name }
    }

    static func nested(_ open: String, _ core: String = "a", _ close: String) -> Shape {
        Shape(name: open + core + close) { count in
            String(repeating: open, count: count) + core + String(repeating: close, count: count)
        }
    }

    static let shapes: [Shape] = [
        nested("(", "a", ")"), nested("-", "a", ""), nested("-(", "a", ")"), nested("abs(", "a", ")"),
        nested("sum(", "a", ")"), nested("sum by (x) (", "a", ")"), nested("topk(1, ", "a", ")"),
        nested("sum_over_time(", "a", "[5m:1m])"), nested("a^", "a", ""), nested("2^", "2", ""), nested("a+", "a", ""),
        nested("a or ", "a", ""), nested("a or b and ", "a", ""), nested("a == bool ", "a", ""),
        nested("a * on (x) group_left (", "y", ") a"), nested("a[", "1s", "]"), nested("a offset (", "1s", ")"),
        nested("a[1s+(", "1s", ")]"), nested("label_replace(", "a", ", \"b\", \"c\", \"d\", \"e\")"),
        nested("histogram_quantile(0.9, ", "a", ")"), nested("clamp(", "a", ", 1, 2)"), nested("info(", "a", ")"),
        nested("a / (b + ", "a", ")"), nested("count_values(\"x\", ", "a", ")"), nested("{", "a", "}"),
        Shape(name: "a[1s+1s…]") { "a[1s" + String(repeating: "+1s", count: $0) + "]" },
        Shape(name: "a[-(1s)…]") {
            "a[" + String(repeating: "-(", count: $0) + "1s" + String(repeating: ")", count: $0) + "]"
        },
        Shape(name: "a[1s^1s…]") { "a[1s" + String(repeating: "^1s", count: $0) + "]" },
        Shape(name: "by (a, …)") { "sum by (" + String(repeating: "a,", count: $0) + "a) (a)" },
        Shape(name: "{a=b,…}") { count in
            "absent({" + (0..<min(count, 90_000)).map { "a\($0 ^ 5)=\"b\"," }.joined() + "})"
        },
        Shape(name: "on group_left") {
            let names = (0..<min($0, 60_000)).map { "a\($0)" }
            let others = names.map { "b" + $0 }.joined(separator: ",")
            return "a * on (\(names.joined(separator: ","))) group_left (\(others)) a"
        },
        Shape(name: "a=~((…))") {
            "{a=~\"" + String(repeating: "(", count: $0) + "a" + String(repeating: ")", count: $0) + "\"}"
        },
        Shape(name: "a=~a?…") { "{a=~\"x" + String(repeating: "a?", count: $0) + "\"}" },
        nested("vector(scalar(", "a", "))"), nested("(a unless ", "a", ")"), nested("a[1s:1s", "", "]"),
    ]

    /// What a program does with an expression's text; errors are fine.
    static func use(_ text: String, _ store: SeriesStore) {
        guard let expression = try? Parser.parse(text, options: .everything) else { return }
        _ = try? Parser.parse(expression.description, options: .everything)
        _ = expression.formatted()
        _ = expression.selectors
        let engine = Engine(source: store)
        _ = try? engine.instant(expression, at: 0)
        _ = try? engine.range(expression, from: 0, through: 120_000, step: 60_000)
    }

    @Test func `regular expressions are bounded together`() {
        var options = ParserOptions()
        options.maxRegexInstructions = 10_000
        let error = #expect(throws: PromQLError.self) {
            try Parser.parse("{" + String(repeating: "a=~\"b.{99}\",", count: 1000) + "}", options: options)
        }
        #expect(error?.message == "the expression's regular expressions take more than 10000 instructions")
        #expect(throws: Never.self) { try Parser.parse("{a=~\"b.{99}\"}", options: options) }
        // Hundreds of ranges that need few instructions count as well.
        let classes = String(repeating: "\\\\pL|", count: 10)
        #expect(throws: Never.self) { try Parser.parse("{a=~\"\(classes)b\"}", options: options) }
        #expect(throws: PromQLError.self) {
            try Parser.parse("{a=~\"\(classes)b\",b=~\"\(classes)b\"}", options: options)
        }
    }

    @Test func `patterns of label_replace count with those of matchers`() {
        var options = ParserOptions()
        options.maxRegexInstructions = 10_000
        var text = "x"
        for _ in 0..<60 { text = "label_replace(\(text), \"a\", \"$1\", \"b\", \"(b.{99})\")" }
        let error = #expect(throws: PromQLError.self) { try Parser.parse(text, options: options) }
        #expect(error?.message == "the expression's regular expressions take more than 10000 instructions")
        #expect(throws: Never.self) { try Parser.parse(text) }
    }

    @Test func `a long label with a pattern of many groups is refused`() throws {
        let groups = Array(repeating: "(b)", count: 300).joined(separator: "|")
        let text = String(repeating: "a", count: 200_000)
        let long = "label_replace(vector(1), \"x\", \"\(text)\", \"\", \"\")"
        let engine = Engine(source: SeriesStore())
        let many = try Parser.parse("label_replace(\(long), \"y\", \"$1\", \"x\", \"\(groups)\")")
        let error = #expect(throws: EvaluationError.self) { try engine.instant(many, at: 0) }
        #expect("\(try #require(error))".contains("value of label \"x\" is too long (200000 bytes)"))
        let few = try Parser.parse("label_replace(\(long), \"y\", \"$1\", \"x\", \"(b)|(c)\")")
        #expect(throws: Never.self) { try engine.instant(few, at: 0) }
    }

    @Test func `groups of label_replace are bounded`() throws {
        let groups = Array(repeating: "(b)", count: 12_000).joined(separator: "|")
        let expression = try Parser.parse("label_replace(vector(1), \"y\", \"$1\", \"x\", \"\(groups)\")")
        let error = #expect(throws: EvaluationError.self) {
            try Engine(source: SeriesStore()).instant(expression, at: 0)
        }
        let message = error.map { "\($0)" } ?? ""
        #expect(message.contains("more than 1000000 instructions, multiplied by the number of groups"))
    }

    @Test(arguments: shapes) func `depth never needs more stack than half a megabyte`(shape: Shape) throws {
        let store = SeriesStore()
        for time in [Int64(0), 60_000] { try store.append(Labels([("__name__", "a"), ("x", "1")]), at: time, 1) }
        var most = 0
        for count in [20, 97, 100, 199, 399, 401, (1 << 20) / 8] {
            let text = shape.text(count)
            most = max(most, MeasuredStack.bytes { Self.use(text, store) })
        }
        print("stack for \(shape.name): \(most >> 10) KiB")
        #expect(most < Self.stackBytes)
    }
}
