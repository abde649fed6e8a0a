import Exposition

/// What the lines `# TYPE` and `# UNIT` say of the metric whose samples follow.
struct FamilyMetadata {
    /// What a sample is to the metric.
    enum Role {
        /// It belongs to another one.
        case stranger
        /// Of its samples.
        case member
        /// Of its samples, and counts from a start on.
        case counted
        /// The time of that start: `_created` of OpenMetrics.
        case created
    }

    private(set) var name = ""
    private(set) var kind = MetricKind.unknown
    private var unit = ""

    static let typeLabel = "__type__"
    static let unitLabel = "__unit__"

    /// Takes notice of a line of metadata; one of another metric ends this one.
    mutating func learn(_ event: ExpositionEvent) {
        switch event {
        case .kind(let name, let kind):
            begin(name)
            self.kind = kind
        case .unit(let name, let unit):
            begin(name)
            self.unit = unit
        case .help(let name, _): begin(name)
        case .sample, .histogram, .endOfFile: break
        }
    }

    private mutating func begin(_ name: String) {
        if name.hasSameBytes(as: self.name) { return }
        self = FamilyMetadata()
        self.name = name
    }

    /// What a sample of this name is to the metric.
    func role(of sample: String) -> Role {
        guard !name.isEmpty, sample.utf8.starts(with: name.utf8) else { return .stranger }
        let suffix = String(decoding: sample.utf8.dropFirst(name.utf8.count), as: UTF8.self)
        switch (kind, suffix) {
        case (.counter, ""), (.counter, "_total"), (.histogram, ""), (.summary, ""): return .counted
        case (.histogram, "_bucket"), (.histogram, "_count"), (.histogram, "_sum"): return .counted
        case (.summary, "_count"), (.summary, "_sum"): return .counted
        case (.counter, "_created"), (.histogram, "_created"), (.summary, "_created"): return .created
        case (.gaugehistogram, "_bucket"), (.gaugehistogram, "_gcount"), (.gaugehistogram, "_gsum"): return .member
        case (.gaugehistogram, "_count"), (.gaugehistogram, "_sum"), (.info, "_info"), (_, ""): return .member
        default: return .stranger
        }
    }

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
