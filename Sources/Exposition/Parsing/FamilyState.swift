/// The family that is being read.
struct FamilyState {
    let name: String
    var kind: MetricKind?
    var hasHelp = false
    var unit: String?
    private(set) var hasSamples = false
    private var seenGroups: Set<UInt64> = []
    private var group: SeriesGroup?

    init(name: String) { self.name = name }

    /// What the names of samples may end in, by type.
    var sampleSuffixes: [String] {
        switch kind ?? .unknown {
        case .counter: ["_total", "_created"]
        case .summary: ["", "_count", "_sum", "_created"]
        case .histogram: ["_bucket", "_count", "_sum", "_created"]
        case .gaugehistogram: ["_bucket", "_gcount", "_gsum"]
        case .info: ["_info"]
        case .gauge, .stateset, .unknown: [""]
        }
    }

    /// What `sample` has beyond the family's name, if it belongs to the family.
    func suffix(of sample: String) -> String? {
        guard sample.utf8.starts(with: name.utf8) else { return nil }
        let rest = sample.utf8.dropFirst(name.utf8.count)
        return sampleSuffixes.first { $0.utf8.elementsEqual(rest) }
    }

    /// The label that tells the series of one group apart.
    private var groupingLabel: String? {
        switch kind ?? .unknown {
        case .histogram, .gaugehistogram: "le"
        case .summary: "quantile"
        case .stateset: name
        case .counter, .gauge, .info, .unknown: nil
        }
    }

    /// Takes a sample in.
    mutating func add(
        _ parsed: ParsedSample, suffix: String, limits: ExpositionParser.Limits, _ scanner: LineScanner
    ) throws(ExpositionError) {
        hasSamples = true
        let kind = kind ?? .unknown
        try SampleRules.check(parsed.sample, suffix: suffix, kind: kind, family: name, scanner)
        let key = SeriesGroup.key(of: parsed.sample.labels, without: groupingLabel)
        // The label sets of an info family are one group: nothing tells them apart.
        let groupKey = kind == .info ? 0 : key
        if group?.key != groupKey {
            try group?.finish(kind, scanner)
            guard seenGroups.count >= limits.rememberedGroups || seenGroups.insert(groupKey).inserted else {
                throw scanner.failure(at: 0, "the series of a group do not stand together")
            }
            group = SeriesGroup(key: groupKey, timestampSeconds: parsed.timestampSeconds)
        }
        try group?.add(parsed, suffix: suffix, kind: kind, scanner)
    }

    /// The family is over.
    mutating func finish(_ scanner: LineScanner) throws(ExpositionError) {
        if let unit, !unit.isEmpty, kind == .info || kind == .stateset {
            throw scanner.failure(at: 0, "a family of type \(kind?.rawValue ?? "") has no unit")
        }
        try group?.finish(kind ?? .unknown, scanner)
        group = nil
    }
}
