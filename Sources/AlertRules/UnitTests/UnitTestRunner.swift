import PromQL
import TimeSeries

/// Runs files of unit tests as `promtool test rules` does.
public struct UnitTestRunner: Sendable {
    /// How tests are run.
    public struct Options: Sendable {
        /// Runs the tests whose name matches one of these RE2 expressions (unanchored); none runs all.
        public var runPatterns: [String] = []
        /// Dumps all series after each test.
        public var isDebugging = false
        /// Shows how alerts differ instead of both lists; nil doesn't, else whether in colour.
        public var diffIsColoured: Bool?
        /// Skips unknown keys of rule files.
        public var ignoresUnknownKeys = false
        /// Whose semantics the engine follows. With Prometheus 2's an expected NaN equals nothing, as in promtool.
        public var compatibility = EngineOptions.Compatibility.prometheus3
        /// Features of Prometheus that are switched on.
        public var features: FeatureFlags = []
        /// Evaluates each group at its own interval; promtool evaluates all at `evaluation_interval`.
        public var honoursGroupIntervals = false
        /// Samples that the inputs of a test, the series its rules write, and a query may each have.
        public var maxSamples = 50_000_000
        /// Tests run at once; nil takes the number of processors.
        public var workers: Int?
        /// Evaluates every rule step by step, for comparison with the faster way.
        public var forcesSteps = false

        /// The defaults.
        public init() {}
    }

    private let options: Options
    private let filter: TextPattern?
    private let library: RuleLibrary

    /// A runner; throws when the run patterns, joined with `|`, are not a regular expression.
    public init(options: Options = Options()) throws {
        self.options = options
        filter =
            options.runPatterns.isEmpty ? nil : try TextPattern(options.runPatterns.joined(separator: "|"))
        library = RuleLibrary(
            options: RuleFile.Options(
                ignoresUnknownKeys: options.ignoresUnknownKeys, parser: ParserOptions(features: options.features)))
    }

    /// Runs one file; never throws, everything that goes wrong is a failure.
    public func run(file path: String) -> UnitTestReport { run(files: [path])[0] }

    /// Runs files, several tests at once; the reports stand in the order of the files, whatever ended first.
    public func run(files paths: [String]) -> [UnitTestReport] {
        let workers = options.workers ?? ParallelMap.processors
        let loaded = ParallelMap.run(count: paths.count, workers: workers) { load(paths[$0]) }
        let jobs = loaded.enumerated().flatMap { file, plan in plan.tests.map { (file, $0) } }
        let cases = ParallelMap.run(count: jobs.count, workers: workers) { run(jobs[$0].1, of: loaded[jobs[$0].0]) }
        var reports = loaded.map { plan in
            var report = plan.report
            report.warnings += plan.furtherDocuments.filter { library.tellsFirst($0.file) }.map { "  WARNING: \($0)" }
            return report
        }
        for (job, result) in zip(jobs, cases) { reports[job.0].cases.append(result) }
        return reports
    }

    // MARK: Loading

    /// A file with its rules and the tests that are to run.
    private struct Plan: Sendable {
        var report: UnitTestReport
        var file: UnitTestFile?
        var groups: [RuleGroup] = []
        var names = AlertNames([])
        var tests: [Int] = []
        /// What nobody reads in the rule files.
        var furtherDocuments: [RuleFileError] = []
    }

    private func load(_ path: String) -> Plan {
        var plan = Plan(report: UnitTestReport(path: path))
        do {
            plan.file = try UnitTestFile.load(path: path)
        } catch {
            plan.report.errors = error.errors.map(\.description)
            return plan
        }
        guard let file = plan.file else { return plan }
        let paths = rulePaths(of: file, &plan.report)
        let chosen = file.tests.indices.filter { index in
            // A test without a name can be chosen by the one that reports give it, and as with promtool by none.
            [file.tests[index].name, UnitTestRunner.name(of: index, in: file)].contains {
                filter?.isFound(in: $0) ?? true
            }
        }
        if chosen.isEmpty, !file.tests.isEmpty, let filter {
            plan.report.warnings.append("  WARNING: no test of \(path) matches --run \(filter.pattern)")
        }
        // promtool reads the rules for a test, so without a test a broken rule file stays unseen there too.
        guard !chosen.isEmpty, plan.report.errors.isEmpty else { return plan }
        for path in paths {
            switch library.load(path) {
            case .success(let rules):
                plan.groups += rules.groups
                plan.furtherDocuments += rules.furtherDocument.map { [$0] } ?? []
            case .failure(let errors): plan.report.errors += errors.errors.map(\.description)
            }
        }
        guard plan.report.errors.isEmpty else { return plan }
        plan.groups = UnitTestRunner.ordered(plan.groups, by: file.groupOrder)
        plan.tests = chosen
        plan.names = AlertNames(plan.groups)
        plan.report.warnings += plan.names.warnings(chosen.map { file.tests[$0] })
        return plan
    }

    /// Each file once, however many patterns name it.
    private func rulePaths(of file: UnitTestFile, _ report: inout UnitTestReport) -> [String] {
        var paths: [String] = []
        var known: Set<String> = []
        for pattern in file.ruleFiles {
            let resolved = FilePattern.resolved(pattern, relativeTo: file.path)
            do {
                let found = try FilePattern.paths(matching: resolved)
                if found.isEmpty { report.warnings.append("  WARNING: no file match pattern \(resolved)") }
                for path in found where known.insert(path).inserted { paths.append(path) }
            } catch {
                report.errors.append("\(file.path): rule_files: \(resolved): \(error)")
            }
        }
        return paths
    }

    /// By place in `group_eval_order`; groups that are not listed count as the first, all else in file order.
    static func ordered(_ groups: [RuleGroup], by order: [String]) -> [RuleGroup] {
        let keyed = groups.enumerated().map { index, group in
            (order.firstIndex(of: group.name) ?? 0, index, group)
        }
        return keyed.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { $0.2 }
    }

    // MARK: Running

    /// What reports call a test; those without a name are counted from 0.
    private static func name(of index: Int, in file: UnitTestFile) -> String {
        file.tests[index].name.isEmpty ? "unnamed#\(index)" : file.tests[index].name
    }

    private func run(_ index: Int, of plan: Plan) -> UnitTestReport.Case {
        guard let file = plan.file else { return UnitTestReport.Case(name: "", failures: [], durationNanos: 0) }
        let test = file.tests[index]
        let name = UnitTestRunner.name(of: index, in: file)
        let started = MonotonicClock.nanos()
        var run = UnitTestRun(
            test: test, name: name, file: file, groups: plan.groups, names: plan.names, options: options)
        run.run()
        var result = UnitTestReport.Case(
            name: name, failures: run.failures, durationNanos: MonotonicClock.nanos() &- started)
        if options.isDebugging {
            let took = GoDuration.string(nanos: Int64(clamping: result.durationNanos))
            result.debugOutput =
                "DEBUG: Starting test \(name)\n\(run.debugOutput)DEBUG: Test \(name) finished, took \(took)\n"
        }
        return result
    }
}
