/// A sample with what its text tells beyond the values.
struct ParsedSample {
    var sample: ExpositionSample
    /// OpenMetrics' timestamp as it stands there.
    var timestampSeconds: Double?
}

/// Judges an OpenMetrics text line by line: what belongs to which family, in which order, with which values.
///
/// OpenMetrics 1.0, sections "Overall Structure", "MetricFamily" and "Metric Types".
struct OpenMetricsChecker {
    private let limits: ExpositionParser.Limits
    /// Names that families before used for themselves or their samples.
    private var claimed: Set<ExactText> = []
    private var families = 0
    private var family: FamilyState?
    /// Whether `# EOF` was read.
    private(set) var seenEnd = false
    private let checksFamilies: Bool

    /// Makes a checker that looks for the end only, or for everything.
    init(limits: ExpositionParser.Limits, checksFamilies: Bool) {
        self.limits = limits
        self.checksFamilies = checksFamilies
    }

    /// Nothing may stand behind `# EOF`.
    func willRead(_ scanner: LineScanner) throws(ExpositionError) {
        if seenEnd { throw scanner.failure("there is text after # EOF") }
    }

    /// The text is over.
    func finish(line: Int) throws(ExpositionError) {
        guard seenEnd else { throw ExpositionError(line: line, column: 1, message: "# EOF is missing") }
    }

    /// Checks a line of metadata.
    mutating func check(_ event: ExpositionEvent, _ scanner: LineScanner) throws(ExpositionError) {
        guard checksFamilies || event == .endOfFile else { return }
        switch event {
        case .kind(let name, let kind):
            try open(name, scanner)
            guard family?.kind == nil else { throw scanner.failure(at: 0, "TYPE stands twice") }
            family?.kind = kind
        case .help(let name, _):
            try open(name, scanner)
            guard family?.hasHelp == false else { throw scanner.failure(at: 0, "HELP stands twice") }
            family?.hasHelp = true
        case .unit(let name, let unit):
            try open(name, scanner)
            guard family?.unit == nil else { throw scanner.failure(at: 0, "UNIT stands twice") }
            guard unit.isEmpty || name.hasSuffix("_" + unit) else {
                throw scanner.failure(at: 0, "the name does not end in _\(unit), its unit")
            }
            family?.unit = unit
        case .endOfFile:
            try close(scanner)
            seenEnd = true
        case .sample, .histogram:
            break
        }
    }

    /// Checks a line of samples.
    mutating func check(_ parsed: ParsedSample, _ scanner: LineScanner) throws(ExpositionError) {
        guard checksFamilies else { return }
        if let suffix = family?.suffix(of: parsed.sample.name) {
            try family?.add(parsed, suffix: suffix, limits: limits, scanner)
            return
        }
        try close(scanner)
        try begin(parsed.sample.name, scanner)
        try family?.add(parsed, suffix: "", limits: limits, scanner)
    }

    /// Makes `name` the family that metadata is for.
    private mutating func open(_ name: String, _ scanner: LineScanner) throws(ExpositionError) {
        if let family, family.name.hasSameBytes(as: name) {
            guard !family.hasSamples else { throw scanner.failure(at: 0, "metadata stands after the samples") }
            return
        }
        try close(scanner)
        try begin(name, scanner)
    }

    private mutating func begin(_ name: String, _ scanner: LineScanner) throws(ExpositionError) {
        guard !claimed.contains(ExactText(name)) else {
            throw scanner.failure(at: 0, "\"\(name)\" belongs to a family that ended before")
        }
        families += 1
        guard families <= limits.families else { throw scanner.failure(at: 0, "too many families") }
        family = FamilyState(name: name)
    }

    private mutating func close(_ scanner: LineScanner) throws(ExpositionError) {
        guard var last = family else { return }
        family = nil
        try last.finish(scanner)
        for suffix in [""] + last.sampleSuffixes {
            guard
                claimed.insert(ExactText(last.name + suffix)).inserted
                    || suffix.isEmpty && last.sampleSuffixes.contains("")
            else { throw scanner.failure(at: 0, "the names of \"\(last.name)\" are used by another family") }
        }
    }
}
