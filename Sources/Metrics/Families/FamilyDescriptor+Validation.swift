import Exposition

extension FamilyDescriptor {
    /// The most bounds that fit a histogram's cells.
    static let maxBuckets = 500

    /// Throws when the declaration cannot be exposed in one of the formats.
    func validate() throws(MetricError) {
        guard MetricName.isValid(name) else { throw MetricError(.invalidName, family: name, detail: "") }
        try validateSuffix()
        try validateUnit()
        try validateLabels()
        try validateBuckets()
        try validateStates()
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
        let reserved = kind == .counter ? [] : ["_total", "_bucket", "_created"]
        for suffix in reserved where name.hasSuffix(suffix) {
            throw MetricError(.reservedSuffix, family: name, detail: suffix)
        }
    }

    private func validateUnit() throws(MetricError) {
        guard !unit.isEmpty else { return }
        guard MetricName.isValid(unit), openMetricsName.hasSuffix("_" + unit) else {
            throw MetricError(.unitNotInName, family: name, detail: unit)
        }
    }

    private func validateLabels() throws(MetricError) {
        var seen: Set<String> = []
        for label in labels {
            guard MetricName.isValidLabel(label) else {
                throw MetricError(.invalidLabel, family: name, detail: label)
            }
            guard !MetricName.isReservedLabel(label) else {
                throw MetricError(.reservedLabel, family: name, detail: label)
            }
            guard seen.insert(label).inserted else {
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
        guard (1...StateSet.maxStates).contains(states.count), Set(states).count == states.count else {
            throw MetricError(.invalidStates, family: name, detail: "\(states.count) states")
        }
        guard !labels.contains(name) else { throw MetricError(.duplicateLabel, family: name, detail: name) }
    }
}
