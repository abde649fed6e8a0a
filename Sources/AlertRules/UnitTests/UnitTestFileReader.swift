import PromQL
import StrictYAML

extension UnitTestFile {
    /// Reads a file strictly; throws every error of its structure. Series, labels and expressions are read when the
    /// tests run, so that `--run` can leave out what is broken.
    public static func load(path: String) throws(RuleFileErrors) -> UnitTestFile {
        do {
            let root = try YAMLNode.load(path: path)
            try root.requireOneDocument()
            return try parse(root, path: path)
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
    var errors: [RuleFileError] = []

    /// Series that one item of `input_series` may become.
    static let maxRepetitions = 1_000_000

    mutating func file(_ root: YAMLNode, path: String) -> UnitTestFile {
        var reader = MappingReader(root, what: "main.unitTestFile")
        var file = UnitTestFile(path: path)
        file.ruleFiles = texts(&reader, "rule_files")
        file.evaluationIntervalMillis = interval(&reader, "evaluation_interval") ?? 60_000
        let orderNode = reader.keyNode("group_eval_order") ?? root
        file.groupOrder = texts(&reader, "group_eval_order")
        file.isFuzzy = reader.read("fuzzy_compare", UnitTestFileReader.bool) ?? false
        let tests = nodes(&reader, "tests")
        finish(&reader)
        for (index, name) in file.groupOrder.enumerated() where file.groupOrder[..<index].contains(name) {
            errors.append(RuleFileError(at: orderNode, "group name repeated in evaluation order: \(name)"))
        }
        file.tests = tests.map { test($0, defaultInterval: file.evaluationIntervalMillis) }
        return file
    }

    private mutating func test(_ node: YAMLNode, defaultInterval: Int64) -> UnitTest {
        var reader = MappingReader(node, what: "main.testGroup")
        var test = UnitTest(node: node)
        test.name = text(&reader, "name")
        test.intervalMillis = interval(&reader, "interval") ?? defaultInterval
        test.startMillis = reader.read("start_timestamp", UnitTestFileReader.startTime) ?? 0
        let inputs = nodes(&reader, "input_series")
        let alerts = nodes(&reader, "alert_rule_test")
        let expressions = nodes(&reader, "promql_expr_test")
        let external = reader.read("external_labels", UnitTestFileReader.pairs) ?? []
        test.externalLabels = Dictionary(external, uniquingKeysWith: { $1 })
        test.externalURL = text(&reader, "external_url")
        finish(&reader)
        test.inputs = inputs.map { input($0) }
        test.alertCases = alerts.map { alertCase($0) }
        test.expressionCases = expressions.map { expressionCase($0) }
        return test
    }

    private mutating func input(_ node: YAMLNode) -> UnitTest.Input {
        var reader = MappingReader(node, what: "main.series")
        let series = reader.take("series")
        let values = reader.take("values")
        let repetitions = reader.read("repeat") { node throws(YAMLError) in
            try node.int(in: 1...UnitTestFileReader.maxRepetitions)
        }
        finish(&reader)
        for part in [series, values].compactMap(\.self) where part.scalarText == nil {
            errors.append(RuleFileError(part.failure("expected a string")))
        }
        return UnitTest.Input(
            series: series?.scalarText ?? "", values: values?.scalarText ?? "", repetitions: repetitions,
            seriesNode: series ?? node, valuesNode: values ?? node)
    }

    private mutating func expressionCase(_ node: YAMLNode) -> UnitTest.ExpressionCase {
        var reader = MappingReader(node, what: "main.promqlTestCase")
        let expressionNode = reader.take("expr") ?? node
        let expression = text(&reader, "expr")
        let time = evalTime(&reader) ?? 0
        let samples = nodes(&reader, "exp_samples")
        finish(&reader)
        return UnitTest.ExpressionCase(
            expression: expression, evalMillis: time, expected: samples.map { expectedSample($0) }, node: node,
            expressionNode: expressionNode)
    }

    private mutating func expectedSample(_ node: YAMLNode) -> UnitTest.ExpectedSample {
        var reader = MappingReader(node, what: "main.sample")
        let labelsNode = reader.take("labels") ?? node
        let sample = UnitTest.ExpectedSample(
            labels: text(&reader, "labels"), value: reader.read("value", UnitTestFileReader.number) ?? 0,
            histogram: text(&reader, "histogram"), node: node, labelsNode: labelsNode)
        finish(&reader)
        return sample
    }

    // MARK: Small parts

    func evalTime(_ reader: inout MappingReader) -> Int64? { reader.read("eval_time", RuleFileReader.duration) }

    private func interval(_ reader: inout MappingReader, _ key: String) -> Int64? {
        reader.read(key, RuleFileReader.duration).flatMap { $0 == 0 ? nil : $0 }
    }

    func nodes(_ reader: inout MappingReader, _ key: String) -> [YAMLNode] {
        reader.read(key) { node throws(YAMLError) in try node.sequence() } ?? []
    }

    func text(_ reader: inout MappingReader, _ key: String) -> String {
        reader.read(key) { node throws(YAMLError) in try node.string() } ?? ""
    }

    private func texts(_ reader: inout MappingReader, _ key: String) -> [String] {
        reader.read(key) { node throws(YAMLError) in
            var result: [String] = []
            for item in try node.sequence() { result.append(item.isNull ? "" : try item.string()) }
            return result
        } ?? []
    }

    mutating func finish(_ reader: inout MappingReader) {
        reader.finish()
        errors += reader.errors
    }
}
