import PromQL
import StrictYAML
import TimeSeries

/// Evaluates the expressions of a test after its run and compares them with what the test expects.
struct ExpressionCheck {
    let test: UnitTest
    let engine: Engine
    let parser: ParserOptions
    let rule: ComparedSample.Rule

    /// In the order of the file.
    func failures() -> [UnitTestFailure] { test.expressionCases.compactMap { failure(of: $0) } }

    private func failure(of test: UnitTest.ExpressionCase) -> UnitTestFailure? {
        let time = formatPrometheusDuration(test.evalMillis)
        let prefix = "    expr: \(GoQuote.quoted(test.expression)), time: \(time),"
        let expression: Expression
        do {
            expression = try Parser.parse(test.expression, options: parser)
        } catch {
            let place = RuleFileError(
                in: test.expressionNode, line: error.line, byteColumn: error.column - 1, error.message)
            return UnitTestFailure("\(prefix) err: \(error)", place: place)
        }
        let got: [ComparedSample]
        do {
            got = try evaluate(expression, at: test.evalMillis)
        } catch {
            return UnitTestFailure("\(prefix) err: \(error)", at: test.expressionNode)
        }
        var expected: [ComparedSample] = []
        for sample in test.expected {
            do {
                expected.append(try ComparedSample(sample))
            } catch {
                return UnitTestFailure("\(prefix) err: \(error)", at: sample.labelsNode)
            }
        }
        expected.sort(by: ComparedSample.isOrdered)
        return isMet(expected, got)
            ? nil
            : UnitTestFailure(
                "\(prefix)\n        exp: \(ComparedSample.text(expected))\n        got: \(ComparedSample.text(got))",
                at: test.node)
    }

    private func evaluate(_ expression: Expression, at millis: Int64) throws -> [ComparedSample] {
        let result = try engine.instant(expression, at: test.startMillis.addingClamped(millis))
        return try RuleEvaluator.vector(result.value).map {
            ComparedSample(labels: $0.labels, value: $0.value, histogram: $0.histogram?.notation)
        }.sorted(by: ComparedSample.isOrdered)
    }

    private func isMet(_ expected: [ComparedSample], _ got: [ComparedSample]) -> Bool {
        guard expected.count == got.count else { return false }
        guard expected.contains(where: { $0.matchers != nil }) else {
            return zip(expected, got).allSatisfy { $0.accepts($1, rule) }
        }
        return Assignment.isPossible(expected: expected.count, got: got.count) {
            expected[$0].accepts(got[$1], rule)
        } ?? false
    }
}
