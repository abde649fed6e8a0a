import Exposition

/// What the lines `# TYPE` and `# UNIT` said so far of metrics, and which of them a sample belongs to.
///
/// What a sample's name and labels stand for depends on nothing else, so its series is known as long as no line changes
/// what was said.
struct FamilyMetadata {
    /// What a sample is to its metric.
    enum Role {
        /// One of its samples.
        case member
        /// One of its samples, which counts from a start on.
        case counted
        /// The time of that start: `_created` of OpenMetrics.
        case created
    }

    /// What was said of a metric.
    struct Family: Equatable {
        var name: String
        var kind = MetricKind.unknown
        var unit = ""
    }

    /// By name, compared byte by byte.
    private var families: [Label: Family] = [:]

    private static func key(_ name: String) -> Label { Label(name: Label.metricName, value: name) }

    static let typeLabel = "__type__"
    static let unitLabel = "__unit__"

    /// How many metrics are known.
    var count: Int { families.count }

    /// Takes notice of a line.
    ///
    /// - Returns: whether it changes what was said.
    mutating func learn(_ event: ExpositionEvent) -> Bool {
        switch event {
        case .kind(let name, let kind): change(name) { $0.kind = kind }
        case .unit(let name, let unit): change(name) { $0.unit = unit }
        case .help, .sample, .histogram, .endOfFile: false
        }
    }

    private mutating func change(_ name: String, _ body: (inout Family) -> Void) -> Bool {
        let key = FamilyMetadata.key(name)
        let before = families[key]
        var family = before ?? Family(name: name)
        body(&family)
        if family == before { return false }
        families[key] = family
        return true
    }

    private static let suffixes = ["_total", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info"]

    /// The metric that a sample belongs to, and what it is to it; nil when nothing was said of one.
    func find(_ sample: String) -> (family: Family, role: Role)? {
        if families.isEmpty { return nil }
        if let family = families[FamilyMetadata.key(sample)], let role = FamilyMetadata.role(family.kind, "") {
            return (family, role)
        }
        for suffix in FamilyMetadata.suffixes where sample.utf8.count > suffix.utf8.count {
            let length = sample.utf8.count - suffix.utf8.count
            guard sample.utf8.dropFirst(length).elementsEqual(suffix.utf8) else { continue }
            let name = String(decoding: sample.utf8.prefix(length), as: UTF8.self)
            if let family = families[FamilyMetadata.key(name)], let role = FamilyMetadata.role(family.kind, suffix) {
                return (family, role)
            }
        }
        return nil
    }

    private static func role(_ kind: MetricKind, _ suffix: String) -> Role? {
        switch (kind, suffix) {
        case (.counter, ""), (.counter, "_total"), (.histogram, ""), (.summary, ""): .counted
        case (.histogram, "_bucket"), (.histogram, "_count"), (.histogram, "_sum"): .counted
        case (.summary, "_count"), (.summary, "_sum"): .counted
        case (.counter, "_created"), (.histogram, "_created"), (.summary, "_created"): .created
        case (.gaugehistogram, "_bucket"), (.gaugehistogram, "_gcount"), (.gaugehistogram, "_gsum"): .member
        case (.gaugehistogram, "_count"), (.gaugehistogram, "_sum"), (.info, "_info"), (_, ""): .member
        default: nil
        }
    }
}

extension FamilyMetadata.Family {
    /// Adds the labels of type and unit in place of those that a sample has itself.
    func addLabels(to pairs: inout [(String, String)]) {
        if kind != .unknown {
            pairs.removeAll { $0.0 == FamilyMetadata.typeLabel }
            pairs.append((FamilyMetadata.typeLabel, kind.rawValue))
        }
        if !unit.isEmpty {
            pairs.removeAll { $0.0 == FamilyMetadata.unitLabel }
            pairs.append((FamilyMetadata.unitLabel, unit))
        }
    }

    /// The labels of the series with the starts of another one of this metric.
    func startLabels(of labels: Labels) -> Labels {
        let counted =
            switch kind {
            case .histogram: labels.dropping("le")
            case .summary: labels.dropping("quantile")
            default: labels
            }
        return counted.setting(Label.metricName, name + "_created")
    }
}
