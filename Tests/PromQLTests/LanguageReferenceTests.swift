import Foundation
import PromQL
import TestSupport
import Testing

/// docs/PROMQL.md against the code.
@Suite struct LanguageReferenceTests {
    /// The cells of each row whose first cell is a name in code, below a heading.
    private func rows(below heading: String) throws -> [[String]] {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/docs/PROMQL.md", encoding: .utf8)
        let lines = text.components(separatedBy: "\n")
        let start = try #require(lines.firstIndex(of: "## \(heading)"))
        return lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("| `") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
        }
    }

    @Test func `every function is listed with the feature it needs`() throws {
        let rows = try rows(below: "Functions")
        #expect(rows.map { $0[0] } == PromQLFunction.allCases.map(\.rawValue).sorted())
        for row in rows {
            let function = try #require(PromQLFunction(rawValue: row[0]))
            #expect(row[3].contains("promql-experimental-functions") == function.isExperimental, "\(row[0])")
        }
    }

    @Test func `every aggregation is listed`() throws {
        let names = try rows(below: "Aggregations").map { $0[0] }
        #expect(names.sorted() == AggregationOperator.allCases.map(\.rawValue).sorted())
    }

    @Test func `every feature's name is listed`() throws {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/docs/PROMQL.md", encoding: .utf8)
        for name in FeatureFlags.knownNames { #expect(text.contains("`\(name)`"), "\(name)") }
    }

    @Test func `the limits are those of the code`() throws {
        let text = try String(contentsOfFile: "\(Places.packageRoot)/docs/PROMQL.md", encoding: .utf8)
        let (parser, engine) = (ParserOptions(), EngineOptions())
        let limits = [
            parser.maxNesting, parser.maxDepth, engine.maxSamples, engine.maxSeries, engine.maxSteps,
            engine.maxLabelValueBytes,
        ]
        for number in limits {
            var grouped = ""
            for (place, digit) in String(number).reversed().enumerated() {
                grouped = (place > 0 && place % 3 == 0 ? "\(digit)," : "\(digit)") + grouped
            }
            #expect(text.contains("| \(grouped) |"), "\(number)")
        }
    }
}
