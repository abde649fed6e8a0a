import Exposition

/// What is fixed about a family when it is declared.
public struct FamilyDescriptor: Sendable, Equatable {
    /// The full name; of a counter with its `_total`.
    public let name: String
    /// The type.
    public let kind: MetricKind
    /// One sentence for whoever reads the dashboard.
    public let help: String
    /// The unit in which the name ends (before `_total`), or empty.
    public let unit: String
    /// The label names, in the order in which values are given.
    public let labels: [String]
    /// The bucket bounds of a histogram, ascending, without `+Inf`.
    public let buckets: [Double]
    /// The most series the family may have before new ones share the overflow series.
    public let seriesLimit: Int
    /// Seconds without a change after which a series of the family is removed, or nil if they stay.
    public let idleExpirySeconds: Double?
    /// True when the values are floating point numbers though the kind does not demand it.
    let isFloat: Bool
    /// How a histogram's native buckets are kept; nil when it has none.
    public let native: NativeHistogramOptions?
    /// True when counters or buckets keep exemplars.
    public let exemplars: Bool
    /// The states of a state set.
    public let states: [String]

    init(
        name: String, kind: MetricKind, help: String, unit: String = "", labels: [String] = [],
        buckets: [Double] = [], seriesLimit: Int = .max, idleExpirySeconds: Double? = nil, isFloat: Bool = true,
        native: NativeHistogramOptions? = nil, exemplars: Bool = false, states: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.unit = unit
        self.labels = labels
        self.buckets = buckets
        self.seriesLimit = seriesLimit
        self.idleExpirySeconds = idleExpirySeconds
        self.isFloat = isFloat
        self.native = native
        self.exemplars = exemplars
        self.states = states
    }

    /// The same declaration, byte for byte.
    public static func == (left: FamilyDescriptor, right: FamilyDescriptor) -> Bool {
        left.name.isExactly(right.name) && left.kind == right.kind && left.help.isExactly(right.help)
            && left.unit.isExactly(right.unit) && left.labels.isExactly(right.labels) && left.buckets == right.buckets
            && left.seriesLimit == right.seriesLimit && left.idleExpirySeconds == right.idleExpirySeconds
            && left.isFloat == right.isFloat && left.native == right.native && left.exemplars == right.exemplars
            && left.states.isExactly(right.states)
    }

    /// The idle expiry in nanoseconds.
    var idleExpiryNanos: UInt64? {
        idleExpirySeconds.map { UInt64(min(max($0, 0), FamilyDescriptor.maxIdleSeconds) * 1e9) }
    }

    /// The longest idle expiry, a hundred years.
    static let maxIdleSeconds = 3.2e9

    /// The name under which OpenMetrics groups the family: a counter's without `_total`, an info's without `_info`.
    public var openMetricsName: String {
        switch kind {
        case .counter where name.hasSuffix("_total"): String(name.dropLast(6))
        case .info where name.hasSuffix("_info"): String(name.dropLast(5))
        default: name
        }
    }

    /// Every name that this family's samples and metadata use, in any format.
    ///
    /// A name that breaks the legacy rule is written without what only some scrapers know, for those who don't: it must
    /// not become another family's name by that.
    var claimedNames: [String] {
        let names = exactNames
        if MetricName.isValid(name) { return names }
        return names + [NameEscaping.underscores, .dots].flatMap { scheme in names.map { scheme.escape(metric: $0) } }
    }

    private var exactNames: [String] {
        switch kind {
        case .counter: [name, openMetricsName, openMetricsName + "_created"]
        case .info: [name, openMetricsName]
        case .histogram: [name] + ["_bucket", "_count", "_sum", "_created"].map { name + $0 }
        default: [name]
        }
    }

    /// True when `other` is the same family with other label names.
    func differsOnlyInLabels(from other: FamilyDescriptor) -> Bool {
        let renamed = FamilyDescriptor(
            name: name, kind: kind, help: help, unit: unit, labels: other.labels, buckets: buckets,
            seriesLimit: seriesLimit, idleExpirySeconds: idleExpirySeconds, isFloat: isFloat, native: native,
            exemplars: exemplars, states: states)
        return renamed == other && !labels.isExactly(other.labels)
    }

    /// Lines that one child of the family has in a scrape.
    var linesPerChild: Int {
        switch kind {
        case .histogram: buckets.count + 3
        case .stateset: states.count
        default: 1
        }
    }
}
