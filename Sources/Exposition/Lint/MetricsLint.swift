/// Judges metrics by the naming practices of Prometheus, whatever they come from: a registry, a file, a URL.
///
/// ```swift
/// var lint = MetricsLint()
/// try parser.consume(bytes) { lint.add($0) }
/// for problem in lint.problems() { … }
/// ```
/// Memory is bounded by ``Limits``: what lies beyond is not judged, and a problem of the rule ``LintRule/limit`` says so.
public struct MetricsLint: Sendable {
    /// How much of a source is judged.
    public struct Limits: Sendable {
        /// Families.
        public var families = 20_000
        /// Bytes of the families' names together.
        public var nameBytes = 4 << 20
        /// Series whose repetition is noticed, at 16 to 32 bytes each.
        public var series = 1 << 20
        /// Problems that are told.
        public var problems = 10_000

        /// The defaults.
        public init() {}
    }

    /// How the names of families and samples belong together.
    public enum Dialect: Sendable {
        /// Text format 0.0.4 and 1.0.0, protobuf and OpenMetrics 2.0: a family is named like its samples.
        case prometheus
        /// OpenMetrics 1.0: the samples of the counter `a` are named `a_total`.
        case openMetrics1
    }

    private let naming: LintedFamily.Naming
    private let limits: Limits
    private let judgesTargetLabels: Bool
    private var families: [LintedFamily] = []
    private var index: [String: Int] = [:]
    private var nameBytes = 0
    /// Hashes of series and timestamp.
    private var series: Set<UInt64> = []
    private var findings = 0
    /// What is told about the first limit that was reached.
    private var reached: String?
    /// The family of the last line, and the sample that was the last line if it was one.
    private var current: Int?
    private var previous: ExpositionSample?
    /// Families that a line of another one followed.
    private var left: Set<Int> = []

    /// Makes a lint for one source.
    ///
    /// - Parameters:
    ///   - dialect: of the source
    ///   - limits: how much of it is judged
    ///   - judgesTargetLabels: tells also labels named like those of targets, about which `promtool check metrics` is
    ///     silent: they are right in what is scraped with `honor_labels`, such as federation
    public init(dialect: Dialect = .prometheus, limits: Limits = Limits(), judgesTargetLabels: Bool = false) {
        self.judgesTargetLabels = judgesTargetLabels
        naming = dialect == .openMetrics1 ? .suffixed : .sameAsSamples
        self.limits = limits
    }

    /// Families with samples so far.
    public var metricCount: Int { families.count(where: \.hasSamples) }

    /// Takes in what a parser found, in the order of the source; `line` is where, if the source has lines.
    public mutating func add(_ event: ExpositionEvent, line: Int? = nil) {
        switch event {
        case .kind(let name, let kind):
            guard let position = enter(name, line) else { return }
            if families[position].kind != nil || families[position].hasSamples {
                note(Repeated.kind, at: position, line)
            } else {
                families[position].kind = kind
            }
        case .help(let name, let text):
            guard let position = enter(name, line) else { return }
            if families[position].hasHelp { note(Repeated.help, at: position, line) }
            families[position].hasHelp = families[position].hasHelp || !text.isEmpty
        case .unit(let name, _):
            _ = enter(name, line)
        case .sample(let sample):
            add(sample, line)
        case .histogram(let sample):
            guard let position = enter(sample.name, line) else { return }
            families[position].hasSamples = true
            judge(sample.labels, of: position, line)
        case .endOfFile:
            break
        }
    }

    /// What is wrong: sorted by metric, then in the order of ``LintRule``, then by message.
    public func problems() -> [LintProblem] {
        var all = families.flatMap { $0.problems(naming) }
        all.sort { left, right in
            if left.metric != right.metric { return left.metric < right.metric }
            return left.rule == right.rule ? left.message < right.message : left.rule.position < right.rule.position
        }
        let isCut = all.count > limits.problems
        guard let told = reached ?? (isCut ? "there are more than \(limits.problems) problems" : nil) else {
            return all
        }
        let problem = LintProblem(
            metric: "", rule: .limit, message: told, suggestion: "check parts of it")
        return [problem] + all.prefix(limits.problems)
    }

    private mutating func add(_ sample: ExpositionSample, _ line: Int?) {
        let position: Int
        if let current, let previous, previous.name == sample.name {
            position = current
        } else {
            guard let found = enter(family(of: sample.name), line) else { return }
            position = found
            previous = nil
        }
        families[position].hasSamples = true
        let isLikePrevious = previous.map { $0.labels.elementsEqual(sample.labels) { $0.name == $1.name } } ?? false
        if !isLikePrevious { judge(sample.labels, of: position, line) }
        previous = sample
        remember(sample, of: position, line)
    }

    /// The name of the family that a sample of this name belongs to.
    private func family(of sample: String) -> String {
        if index[sample] != nil { return sample }
        let possible: [MetricKind] =
            naming == .suffixed
            ? [.counter, .summary, .histogram, .gaugehistogram, .info] : [.summary, .histogram, .gaugehistogram]
        for kind in possible {
            for suffix in LintedFamily.suffixes(of: kind, naming) where sample.hasSuffix(suffix) {
                let base = String(sample.dropLast(suffix.count))
                if let position = index[base], families[position].kind == kind { return base }
            }
        }
        return sample
    }

    /// Makes `name` the family of the current line; nil beyond the limits.
    private mutating func enter(_ name: String, _ line: Int?) -> Int? {
        previous = nil
        let position: Int
        if let known = index[name] {
            position = known
        } else {
            let size = name.utf8.count
            guard families.count < limits.families, size <= limits.nameBytes - nameBytes else {
                reached =
                    reached
                    ?? "only \(families.count) families with \(nameBytes) bytes of names were judged, there are more"
                current = nil
                return nil
            }
            nameBytes += size
            position = families.count
            families.append(LintedFamily(name: name, line: line))
            index[name] = position
        }
        if let current, current != position { left.insert(current) }
        if left.contains(position) { note(Repeated.group, at: position, line) }
        current = position
        return position
    }

    private mutating func judge(_ labels: [(name: String, value: String)], of position: Int, _ line: Int?) {
        for label in labels where label.name.utf8.count <= MetricsLint.maxLabelNameBytes {
            if !families[position].allows(label: label.name) {
                let owner = label.name == "le" ? "histograms" : "summaries"
                note(
                    LintFinding(.reservedLabel, "the label \"\(label.name)\" belongs to \(owner)", "rename the label"),
                    at: position, line)
            }
            if judgesTargetLabels, label.name == "job" || label.name == "instance" {
                note(
                    LintFinding(
                        .targetLabel, "the label \"\(label.name)\" is one that Prometheus gives to each target",
                        "rename it; else Prometheus renames it to exported_\(label.name)"), at: position, line)
            }
            if label.name.isCamelCase {
                note(
                    LintFinding(
                        .labelCase, "the label \"\(label.name)\" is written in camelCase",
                        "name it \(label.name.snakeCased)"), at: position, line)
            }
        }
    }

    private mutating func remember(_ sample: ExpositionSample, of position: Int, _ line: Int?) {
        guard series.count < limits.series else {
            reached = reached ?? "of more than \(limits.series) series repetitions go unnoticed"
            return
        }
        let name = KeyedHash.hash(sample.name)
        let time = sample.timestampMillis.map { UInt64(bitPattern: $0) &+ 1 } ?? 0
        let labels = KeyedHash.combine(SeriesGroup.key(of: sample.labels, without: nil), time)
        if !series.insert(KeyedHash.combine(name, labels)).inserted { note(Repeated.series, at: position, line) }
    }

    /// Keeps a finding that the family does not have yet.
    private mutating func note(_ finding: LintFinding, at position: Int, _ line: Int?) {
        guard findings < limits.problems, families[position].findings.count < MetricsLint.maxFindingsPerFamily,
            !families[position].findings.contains(where: { $0.finding == finding })
        else { return }
        findings += 1
        families[position].findings.append((finding, line))
    }

    /// Longer label names are not judged, so that what is told about them stays small.
    private static let maxLabelNameBytes = 256

    /// Findings about its lines that a family keeps.
    private static let maxFindingsPerFamily = 32

    private enum Repeated {
        static let kind = LintFinding(
            .metadata, "TYPE stands twice, or after the samples", "write it once, before the first sample")
        static let help = LintFinding(.metadata, "HELP stands twice", "write it once")
        static let group = LintFinding(
            .grouping, "lines of another metric stand between its own", "write all lines of a metric together")
        static let series = LintFinding(
            .duplicateSeries, "the same labels stand twice", "expose each label set once")
    }
}

extension LintRule {
    /// The place among all rules.
    fileprivate var position: Int { LintRule.allCases.firstIndex(of: self) ?? 0 }
}
