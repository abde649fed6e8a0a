import Exposition

extension FamilyDescriptor {
    /// The most bounds that fit a histogram's cells.
    static let maxBuckets = 500

    /// The most bytes that name and label names may have together.
    static let maxNameBytes = 8192

    /// Names that a Prometheus server writes itself for each target, or that belong to the target as a whole.
    private static let serverNames: Set<String> = [
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
        "scrape_series_added", "scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes", "ALERTS",
        "ALERTS_FOR_STATE", "target_info",
    ]

    /// Throws when the declaration cannot be exposed in one of the formats.
    ///
    /// - Parameter allowsUTF8: accept any text as a name, which only some scrapers understand
    func validate(allowsUTF8: Bool = false) throws(MetricError) {
        guard allowsUTF8 ? !name.isEmpty : MetricName.isValid(name) else {
            throw MetricError(.invalidName, family: name, detail: "")
        }
        guard !FamilyDescriptor.serverNames.contains(name) else {
            throw MetricError(.reservedName, family: name, detail: "")
        }
        guard labels.reduce(name.utf8.count, { $0 + $1.utf8.count }) <= FamilyDescriptor.maxNameBytes else {
            throw MetricError(.namesTooLong, family: String(name.prefix(100)), detail: "")
        }
        try validateSuffix()
        try validateUnit()
        try validateLabels(allowsUTF8: allowsUTF8)
        try validateBuckets()
        try validateStates()
        guard (idleExpirySeconds ?? 1) > 0, idleExpirySeconds?.isFinite ?? true else {
            throw MetricError(.invalidIdleExpiry, family: name, detail: "\(idleExpirySeconds ?? 0)")
        }
        guard seriesLimit > 0 else {
            throw MetricError(.invalidLimit, family: name, detail: "\(seriesLimit)")
        }
    }

    /// Suffixes under which readers would look for another type.
    private var foreignSuffixes: [String] {
        switch kind {
        case .counter: []
        case .histogram: ["_total", "_bucket", "_created", "_info"]
        case .stateset: ["_total", "_bucket", "_created", "_info"]
        // A gauge that is always 1 and ends in _info is how many clients write infos.
        default: ["_total", "_bucket", "_created"]
        }
    }

    private func validateSuffix() throws(MetricError) {
        let isTotal = name.hasSuffix("_total") && name != "_total"
        if kind == .counter, !isTotal {
            throw MetricError(.counterWithoutTotal, family: name, detail: "")
        }
        let isInfo = name.hasSuffix("_info") && name != "_info"
        if kind == .info, !isInfo {
            throw MetricError(.infoWithoutSuffix, family: name, detail: "")
        }
        for suffix in foreignSuffixes where name.hasSuffix(suffix) {
            throw MetricError(.reservedSuffix, family: name, detail: suffix)
        }
    }

    private func validateUnit() throws(MetricError) {
        guard !unit.isEmpty else { return }
        guard MetricName.isValid(unit) || !MetricName.isValid(name), openMetricsName.hasSuffix("_" + unit) else {
            throw MetricError(.unitNotInName, family: name, detail: unit)
        }
    }

    private func validateLabels(allowsUTF8: Bool) throws(MetricError) {
        guard labels.count <= KnownValues.maxLabels else {
            throw MetricError(.tooManyLabels, family: name, detail: "\(labels.count)")
        }
        var seen: Set<ExactText> = []
        for label in labels {
            guard allowsUTF8 ? !label.isEmpty : MetricName.isValidLabel(label) else {
                throw MetricError(.invalidLabel, family: name, detail: label)
            }
            guard !MetricName.isReservedLabel(label) else {
                throw MetricError(.reservedLabel, family: name, detail: label)
            }
            guard seen.insert(ExactText(label)).inserted else {
                throw MetricError(.duplicateLabel, family: name, detail: label)
            }
        }
    }

    private func validateBuckets() throws(MetricError) {
        guard kind == .histogram else { return }
        if let problem = native?.problem(besideBuckets: !buckets.isEmpty) {
            throw MetricError(.invalidNative, family: name, detail: problem)
        }
        let isAscending = zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 }
        guard buckets.count <= FamilyDescriptor.maxBuckets, isAscending, buckets.allSatisfy(\.isFinite) else {
            throw MetricError(.invalidBuckets, family: name, detail: "\(buckets.count) bounds")
        }
    }

    private func validateStates() throws(MetricError) {
        guard kind == .stateset else { return }
        guard (1...StateSet.maxStates).contains(states.count), Set(states.map(ExactText.init)).count == states.count
        else {
            throw MetricError(.invalidStates, family: name, detail: "\(states.count) states")
        }
        // The state's label is called like the family, by the rule of labels: `a:b` stands beside a label `a_b`.
        for escaping in NameEscaping.allCases {
            let names = WrittenNames(self, escaping)
            guard let index = names.labels.firstIndex(where: { $0.text.hasSameBytes(as: names.state.text) }) else {
                continue
            }
            throw MetricError(.stateLabel, family: name, detail: labels[index])
        }
    }
}
