/// What is remembered of a family until the source is over.
struct LintedFamily {
    /// How the names of families and samples belong together.
    enum Naming {
        /// A family is named like its samples: text format 0.0.4, protobuf, OpenMetrics 2.0.
        case sameAsSamples
        /// A counter's samples add `_total`, an info's `_info`: OpenMetrics 1.0.
        case suffixed
    }

    let name: String
    /// Where the family was seen first.
    let line: Int?
    var kind: MetricKind?
    var hasHelp = false
    var hasSamples = false
    /// What its lines, not its name, did wrong; bounded by ``MetricsLint``.
    var findings: [(finding: LintFinding, line: Int?)] = []

    init(name: String, line: Int?) {
        self.name = name
        self.line = line
    }

    /// The name that users of the metric see.
    func exposedName(_ naming: Naming) -> String {
        guard naming == .suffixed else { return name }
        switch kind {
        case .counter: return name.hasSuffix("_total") ? name : name + "_total"
        case .info: return name.hasSuffix("_info") ? name : name + "_info"
        default: return name
        }
    }

    /// What the name of a sample may add to the family's.
    static func suffixes(of kind: MetricKind?, _ naming: Naming) -> [String] {
        switch kind {
        case .summary: ["_count", "_sum"] + (naming == .suffixed ? ["_created"] : [])
        case .histogram: ["_bucket", "_count", "_sum"] + (naming == .suffixed ? ["_created"] : [])
        case .gaugehistogram: ["_bucket", "_count", "_sum", "_gcount", "_gsum"]
        case .counter: naming == .suffixed ? ["_total", "_created"] : []
        case .info: naming == .suffixed ? ["_info"] : []
        case .gauge, .stateset, .unknown, nil: []
        }
    }

    /// True when samples may bear this label.
    func allows(label: String) -> Bool {
        switch (label, kind ?? .unknown) {
        case (_, .unknown), ("le", .histogram), ("le", .gaugehistogram), ("quantile", .summary): true
        case ("le", _), ("quantile", _): false
        default: true
        }
    }

    /// The problems of the family; none without samples, as there is nothing that a scrape would take in.
    func problems(_ naming: Naming) -> [LintProblem] {
        guard hasSamples else { return [] }
        let exposed = exposedName(naming)
        var all = findings
        if !hasHelp {
            let finding = LintFinding(
                .help, "there is no help text", "add a # HELP line that says what is counted or measured")
            all.append((finding, line))
        }
        all += NameRules.findings(exposed, kind ?? .unknown).map { ($0, line) }
        return all.map { finding, line in
            LintProblem(
                metric: exposed, rule: finding.rule, message: finding.message, suggestion: finding.suggestion,
                line: line)
        }
    }
}
