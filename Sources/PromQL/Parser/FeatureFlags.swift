/// The switches that Prometheus calls feature flags, as far as they change PromQL; names and effects are those of
/// its page "Feature flags" (version 3.14).
public struct FeatureFlags: OptionSet, Sendable, Hashable {
    /// One bit a flag.
    public let rawValue: Int

    /// Flags from their bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Functions and aggregations marked experimental.
    public static let experimentalFunctions = FeatureFlags(rawValue: 1 << 0)
    /// `anchored` and `smoothed`.
    public static let extendedRangeSelectors = FeatureFlags(rawValue: 1 << 1)
    /// `fill`, `fill_left` and `fill_right`.
    public static let fillModifiers = FeatureFlags(rawValue: 1 << 2)
    /// Metric names go at the query's very end.
    public static let delayedNameRemoval = FeatureFlags(rawValue: 1 << 3)
    /// The labels `__type__` and `__unit__` say what a metric is.
    public static let typeAndUnitLabels = FeatureFlags(rawValue: 1 << 4)
    /// Functions of counters heed the time at which counting began.
    public static let startTimestamps = FeatureFlags(rawValue: 1 << 5)

    /// The flag of each name; a flag without bits is accepted and changes nothing.
    private static let names: [String: FeatureFlags] = [
        "promql-experimental-functions": .experimentalFunctions,
        "promql-extended-range-selectors": .extendedRangeSelectors,
        "promql-binop-fill-modifiers": .fillModifiers,
        "promql-delayed-name-removal": .delayedNameRemoval,
        "type-and-unit-labels": .typeAndUnitLabels,
        "use-start-timestamps": .startTimestamps,
        "st-storage": .startTimestamps,
        "promql-duration-expr": [],
        "promql-per-step-stats": [],
    ]

    /// The names that ``init(lists:unknown:)`` knows, sorted.
    public static var knownNames: [String] { names.keys.sorted() }

    /// Reads lists of names as `--enable-feature` takes them: each may hold several, separated by commas.
    ///
    /// - Parameter unknown: called with each name that isn't known, in order; it is otherwise skipped.
    public init(lists: [String], unknown: (String) -> Void) {
        var flags: FeatureFlags = []
        for name in lists.flatMap({ $0.split(separator: ",").map(String.init) }) {
            if let flag = FeatureFlags.names[name] { flags.formUnion(flag) } else { unknown(name) }
        }
        self = flags
    }
}

extension ParserOptions {
    /// The default options with the features that change what parses.
    public init(features: FeatureFlags) {
        self.init()
        experimentalFunctions = features.contains(.experimentalFunctions)
        extendedRangeSelectors = features.contains(.extendedRangeSelectors)
        fillModifiers = features.contains(.fillModifiers)
    }
}

extension EngineOptions {
    /// The default options with the features that change results.
    public init(features: FeatureFlags) {
        self.init()
        apply(features)
    }

    /// Takes over the features that change results; the rest stays.
    public mutating func apply(_ features: FeatureFlags) {
        delayedNameRemoval = features.contains(.delayedNameRemoval)
        typeAndUnitLabels = features.contains(.typeAndUnitLabels)
        useStartTimestamps = features.contains(.startTimestamps)
    }
}
