import TimeSeries

/// Which info series `info()` looks at, and which of their labels it takes.
struct InfoChoice {
    /// The labels by which base series and info series belong together.
    static let identifyingLabels = ["instance", "job"]

    /// Conditions on the metric's name.
    private(set) var names: [LabelMatcher] = []
    /// Conditions on other labels: only these labels are taken; all, where there are none.
    private(set) var data: [LabelMatcher] = []
    let dataLabels: Set<String>

    init(_ matchers: [LabelMatcher] = []) {
        data = matchers.filter { $0.name != Label.metricName }
        dataLabels = Set(data.map(\.name))
        names = matchers.filter { $0.name == Label.metricName }
        if names.isEmpty {
            names = [LabelMatcher(name: Label.metricName, equal: "target_info")]
        } else if !names.contains(where: { $0.kind == .equal || $0.kind == .regex }) {
            onlyInfoNames = true
        }
    }

    /// Whether only names with the usual ending count, because all conditions exclude names.
    private var onlyInfoNames = false

    /// What selects the info series; where only exclusions are given, names end in `_info`.
    var selection: [LabelMatcher] {
        let ending = onlyInfoNames ? try? LabelMatcher.regex(name: Label.metricName, pattern: ".+_info") : nil
        return [ending].compactMap { $0 } + names + data
    }

    /// Whether a series is itself an info series of this kind, and so stays as it is.
    func isInfo(_ labels: Labels) -> Bool {
        let name = labels.metricName
        if onlyInfoNames, !(name.hasSuffix("_info") && name != "_info") { return false }
        return names.allSatisfy { $0.matches(name) }
    }

    /// Whether a series without info stays.
    var keepsUnmatched: Bool { data.allSatisfy { $0.matches("") } }
}
