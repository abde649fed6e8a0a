import PromQL
import StrictYAML

extension UnitTestFile {
    /// Reads a file strictly; throws every error of its structure. Series, labels and expressions are read when the
    /// tests run, so that `--run` can leave out what is broken.
    public static func load(path: String) throws(RuleFileErrors) -> UnitTestFile {
        do {
            return try parse(try YAMLNode.load(path: path), path: path)
        } catch let error as YAMLError {
            throw RuleFileErrors(errors: [RuleFileError(error)])
        } catch let errors as RuleFileErrors {
            throw errors
        } catch {
            throw RuleFileErrors(errors: [RuleFileError(file: path, message: "\(error)")])
        }
    }

    package static func parse(_ root: YAMLNode, path: String) throws(RuleFileErrors) -> UnitTestFile {
        var reader = UnitTestFileReader()
        let file = reader.file(root, path: path)
        guard reader.errors.isEmpty else { throw RuleFileErrors(errors: reader.errors) }
        return file
    }
}

/// Turns a YAML tree into unit tests, collecting every error.
struct UnitTestFileReader {
    private(set) var errors: [RuleFileError] = []

    mutating func file(_ root: YAMLNode, path: String) -> UnitTestFile {
        var reader = MappingReader(root, what: "main.unitTestFile")
        var file = UnitTestFile(path: path)
        file.ruleFiles = texts(&reader, "rule_files")
        file.evaluationIntervalMillis = interval(&reader, "evaluation_interval") ?? 60_000
        file.groupOrder = texts(&reader, "group_eval_order")
        file.isFuzzy = reader.read("fuzzy_compare") { node throws(YAMLError) in try node.bool() } ?? false
        let tests = nodes(&reader, "tests")
        finish(&reader)
        for (index, name) in file.groupOrder.enumerated() where file.groupOrder[..<index].contains(name) {
            errors.append(RuleFileError(at: root, "group name repeated in evaluation order: \(name)"))
        }
        file.tests = tests.map { test($0, defaultInterval: file.evaluationIntervalMillis) }
        return file
    }

    private mutating func test(_ node: YAMLNode, defaultInterval: Int64) -> UnitTest {
        var reader = MappingReader(node, what: "main.testGroup")
        var test = UnitTest()
        test.name = text(&reader, "name")
        test.intervalMillis = interval(&reader, "interval") ?? defaultInterval
        test.startMillis = reader.read("start_timestamp", UnitTestFileReader.startTime) ?? 0
        let inputs = nodes(&reader, "input_series")
        let alerts = nodes(&reader, "alert_rule_test")
        let expressions = nodes(&reader, "promql_expr_test")
        test.externalLabels = Dictionary(pairs(&reader, "external_labels"), uniquingKeysWith: { $1 })
        test.externalURL = text(&reader, "external_url")
        finish(&reader)
        test.inputs = inputs.compactMap { input($0) }
        test.alertCases = alerts.map { alertCase($0) }
        test.expressionCases = expressions.map { expressionCase($0) }
        return test
    }

    private mutating func input(_ node: YAMLNode) -> UnitTest.Input? {
        var reader = MappingReader(node, what: "main.series")
        let series = reader.take("series")
        let values = reader.take("values")
        finish(&reader)
        return UnitTest.Input(
            series: series?.scalarText ?? "", values: values?.scalarText ?? "", seriesNode: series ?? node,
            valuesNode: values ?? node)
    }

    private mutating func alertCase(_ node: YAMLNode) -> UnitTest.AlertCase {
        var reader = MappingReader(node, what: "main.alertTestCase")
        let time = evalTime(&reader)
        let name = text(&reader, "alertname")
        let alerts = nodes(&reader, "exp_alerts")
        finish(&reader)
        if name.isEmpty {
            errors.append(
                RuleFileError(
                    at: node,
                    "an item under alert_rule_test misses required attribute alertname at eval_time "
                        + formatPrometheusDuration(time)))
        }
        return UnitTest.AlertCase(evalMillis: time, alertName: name, expected: alerts.map { expectedAlert($0) })
    }

    private mutating func expectedAlert(_ node: YAMLNode) -> UnitTest.ExpectedAlert {
        var reader = MappingReader(node, what: "main.alert")
        let alert = UnitTest.ExpectedAlert(
            labels: pairs(&reader, "exp_labels"), annotations: pairs(&reader, "exp_annotations"))
        finish(&reader)
        return alert
    }

    private mutating func expressionCase(_ node: YAMLNode) -> UnitTest.ExpressionCase {
        var reader = MappingReader(node, what: "main.promqlTestCase")
        let expression = text(&reader, "expr")
        let time = evalTime(&reader)
        let samples = nodes(&reader, "exp_samples")
        finish(&reader)
        return UnitTest.ExpressionCase(
            expression: expression, evalMillis: time, expected: samples.map { expectedSample($0) })
    }

    private mutating func expectedSample(_ node: YAMLNode) -> UnitTest.ExpectedSample {
        var reader = MappingReader(node, what: "main.sample")
        let sample = UnitTest.ExpectedSample(
            labels: text(&reader, "labels"), value: reader.read("value", UnitTestFileReader.number) ?? 0,
            histogram: text(&reader, "histogram"))
        finish(&reader)
        return sample
    }

    // MARK: Small parts

    private func evalTime(_ reader: inout MappingReader) -> Int64 {
        reader.read("eval_time", RuleFileReader.duration) ?? 0
    }

    private func interval(_ reader: inout MappingReader, _ key: String) -> Int64? {
        reader.read(key, RuleFileReader.duration).flatMap { $0 == 0 ? nil : $0 }
    }

    private func nodes(_ reader: inout MappingReader, _ key: String) -> [YAMLNode] {
        reader.read(key) { node throws(YAMLError) in try node.sequence() } ?? []
    }

    private func text(_ reader: inout MappingReader, _ key: String) -> String {
        reader.read(key) { node throws(YAMLError) in try node.string() } ?? ""
    }

    private func texts(_ reader: inout MappingReader, _ key: String) -> [String] {
        reader.read(key) { node throws(YAMLError) in
            var result: [String] = []
            for item in try node.sequence() { result.append(try item.string()) }
            return result
        } ?? []
    }

    private func pairs(_ reader: inout MappingReader, _ key: String) -> [(String, String)] {
        reader.read(key) { node throws(YAMLError) in
            var result: [(String, String)] = []
            for (name, value) in try node.mapping().entries {
                guard let text = value.scalarText else { throw value.failure("expected a string") }
                result.append((try name.string(), value.isNull ? "" : text))
            }
            return result
        } ?? []
    }

    private mutating func finish(_ reader: inout MappingReader) {
        reader.finish()
        errors += reader.errors
    }

    /// A Unix time in seconds or RFC 3339.
    private static func startTime(_ node: YAMLNode) throws(YAMLError) -> Int64 {
        let text = try node.string()
        if let millis = RFC3339.unixMillis(text) { return millis }
        if let seconds = GoNumber.float(text), let millis = Int64(exactly: (seconds * 1_000).rounded()) {
            return millis
        }
        throw node.failure("expected a Unix time or RFC 3339, as in 2024-01-01T00:00:00Z, found \(text)")
    }

    /// A YAML float, `.inf` and `.nan` included.
    private static func number(_ node: YAMLNode) throws(YAMLError) -> Double {
        let text = try node.string()
        let bare = text.replacingFirst(".inf", "inf").replacingFirst(".nan", "nan").replacingFirst(".Inf", "inf")
            .replacingFirst(".NaN", "nan").filter { $0 != "_" }
        if bare.hasPrefix("0x"), let whole = Int64(bare.dropFirst(2), radix: 16) { return Double(whole) }
        if bare.hasPrefix("0o"), let whole = Int64(bare.dropFirst(2), radix: 8) { return Double(whole) }
        guard let value = GoNumber.float(bare) else { throw node.failure("expected a number, found \(text)") }
        return value
    }
}

extension String {
    fileprivate func replacingFirst(_ old: String, _ new: String) -> String {
        hasSuffix(old) ? String(dropLast(old.count)) + new : self
    }
}
