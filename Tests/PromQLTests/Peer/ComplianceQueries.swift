import Foundation
import TestSupport

/// The query templates of prometheus/compliance, every variant written out.
struct ComplianceQueries {
    struct Query {
        var text: String
        var shouldFail: Bool
    }

    private(set) var templateCount = 0
    private(set) var queries: [Query] = []

    private static let variants: [String: [String]] = [
        "range": ["1s", "15s", "1m", "5m", "15m", "1h"], "offset": ["1m", "5m", "10m"],
        "simpleAggrOp": ["sum", "avg", "max", "min", "count", "stddev", "stdvar"],
        "simpleTimeAggrOp": ["sum", "avg", "max", "min", "count", "stddev", "stdvar", "absent", "last"],
        "topBottomOp": ["topk", "bottomk"],
        "quantile": ["-0.5", "0.1", "0.5", "0.75", "0.95", "0.90", "0.99", "1", "1.5"],
        "arithBinOp": ["+", "-", "*", "/", "%", "^"], "compBinOp": ["==", "!=", "<", ">", "<=", ">="],
        "binOp": ["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">="],
        "simpleMathFunc": ["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round"],
        "extrapolatedRateFunc": ["delta", "rate", "increase"], "clampFunc": ["clamp_min", "clamp_max"],
        "instantRateFunc": ["idelta", "irate"],
        "dateFunc": [
            "day_of_month", "day_of_week", "days_in_month", "hour", "minute", "month", "year",
        ],
    ]

    init() throws {
        let text = String(decoding: try Conformance.bytes("compliance/promql-test-queries.yml"), as: UTF8.self)
        var template: (text: String, names: [String], fails: Bool)?
        for line in text.split(separator: "\n") {
            let words = line.drop { $0 == " " || $0 == "-" }
            if words.hasPrefix("query:") {
                expand(template)
                template = (Self.scalar(words.dropFirst(6)), [], false)
            } else if words.hasPrefix("variant_args:") {
                template?.names = words.split(separator: "'").enumerated().filter { $0.offset % 2 == 1 }
                    .map { String($0.element) }
            } else if words.hasPrefix("should_fail: true") {
                template?.fails = true
            }
        }
        expand(template)
    }

    private mutating func expand(_ template: (text: String, names: [String], fails: Bool)?) {
        guard let template else { return }
        templateCount += 1
        var texts = [template.text]
        for name in template.names {
            texts = texts.flatMap { text in
                (Self.variants[name] ?? []).map { text.replacingOccurrences(of: "{{.\(name)}}", with: $0) }
            }
        }
        queries += texts.map { Query(text: $0, shouldFail: template.fails) }
    }

    /// A YAML scalar as this file writes them: plain or quoted, without escapes but the doubled quote.
    private static func scalar(_ text: Substring) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard let quote = trimmed.first, "'\"".contains(quote), trimmed.count > 1 else { return trimmed }
        return String(trimmed.dropFirst().dropLast()).replacingOccurrences(of: "''", with: "'")
    }
}
