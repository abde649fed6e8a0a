import PromQL
import TimeSeries

/// Runs files of unit tests as `promtool test rules` does.
public struct UnitTestRunner {
    /// How tests are run.
    public struct Options: Sendable {
        /// Runs the tests whose name matches one of these RE2 expressions (unanchored); none runs all.
        public var runPatterns: [String] = []
        /// Dumps all series after each test.
        public var isDebugging = false
        /// Skips unknown keys of rule files.
        public var ignoresUnknownKeys = false
        /// Whose semantics the engine follows.
        public var compatibility = EngineOptions.Compatibility.prometheus3
        /// Features of Prometheus that are switched on.
        public var features: FeatureFlags = []
        /// Evaluates every rule step by step, for comparison with the faster way.
        public var forcesSteps = false

        /// The defaults.
        public init() {}
    }

    /// The result of one file.
    public struct FileResult: Sendable {
        /// The file.
        public var path: String
        /// One text a failure, in promtool's form; empty when all passed.
        public var failures: [String] = []
        /// Remarks for stderr, such as patterns that match no file.
        public var warnings: [String] = []
        /// What `--debug` shows, for stdout.
        public var debugOutput = ""
    }

    private let options: Options
    private let filter: [TextPattern]

    /// A runner; throws when a run pattern is not a regular expression.
    public init(options: Options = Options()) throws {
        self.options = options
        filter = try options.runPatterns.map { try TextPattern($0) }
    }

    /// Runs one file; never throws, everything that goes wrong is a failure.
    public func run(file path: String) -> FileResult {
        var result = FileResult(path: path)
        let file: UnitTestFile
        do {
            file = try UnitTestFile.load(path: path)
        } catch {
            result.failures = error.errors.map(\.description)
            return result
        }
        let chosen = file.tests.enumerated().filter { _, test in
            filter.isEmpty || filter.contains { $0.isFound(in: test.name) }
        }
        let loaded = loadRules(of: file, &result)
        if chosen.isEmpty { return result }
        guard let groups = loaded else { return result }
        for (index, test) in chosen {
            let name = test.name.isEmpty ? "unnamed#\(index)" : test.name
            var run = UnitTestRun(test: test, name: name, file: file, groups: groups, options: options)
            run.run()
            result.failures += run.failures
            result.debugOutput += run.debugOutput
        }
        return result
    }

    /// Groups of all rule files in the order of evaluation; nil after an error, which is then a failure.
    private func loadRules(of file: UnitTestFile, _ result: inout FileResult) -> [RuleGroup]? {
        var groups: [RuleGroup] = []
        var failures: [String] = []
        for pattern in file.ruleFiles {
            let paths = FilePattern.paths(matching: pattern, relativeTo: file.path)
            if paths.isEmpty { result.warnings.append("  WARNING: no file match pattern \(pattern)") }
            for path in paths {
                do {
                    let options = RuleFile.Options(
                        ignoresUnknownKeys: options.ignoresUnknownKeys,
                        parser: ParserOptions(features: options.features))
                    groups += try RuleFile.load(path: path, options: options).groups
                } catch {
                    failures += error.errors.map(\.description)
                }
            }
        }
        guard failures.isEmpty else {
            if !file.tests.isEmpty { result.failures = failures }
            return nil
        }
        return UnitTestRunner.ordered(groups, by: file.groupOrder)
    }

    /// By place in `group_eval_order`; groups that are not listed count as the first, all else in file order.
    static func ordered(_ groups: [RuleGroup], by order: [String]) -> [RuleGroup] {
        let keyed = groups.enumerated().map { index, group in
            (order.firstIndex(of: group.name) ?? 0, index, group)
        }
        return keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { $0.2 }
    }
}
