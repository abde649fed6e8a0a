import PromQL
import TimeSeries

/// A sample as far as unit tests compare it.
struct ComparedSample: Sendable {
    var labels: Labels
    /// Conditions on labels instead of ``labels``, where the expectation has a regular expression.
    var matchers: [LabelMatcher]?
    var value: Double
    /// A native histogram as promtool prints it, which is what it compares.
    var histogram: String?

    init(labels: Labels, value: Double, histogram: String? = nil) {
        self.labels = labels
        self.value = value
        self.histogram = histogram
    }

    /// Throws what is wrong with the labels, in promtool's words.
    init(_ sample: UnitTest.ExpectedSample) throws(RuleFailure) {
        labels = .empty
        value = sample.value
        do {
            if !sample.labels.isEmpty { labels = try Parser.parseLabels(sample.labels) }
        } catch {
            matchers = ComparedSample.matchers(in: sample.labels)
            if matchers == nil { throw .failed("labels \(GoQuote.quoted(sample.labels)): \(error)") }
        }
        if !sample.histogram.isEmpty {
            do {
                histogram = try FloatHistogram(notation: sample.histogram).notation
            } catch {
                throw .failed("labels \(GoQuote.quoted(sample.labels)): \(error)")
            }
        }
    }

    /// The conditions of `m{a="b", c=~"d.*"}`; nil when it is something else.
    private static func matchers(in text: String) -> [LabelMatcher]? {
        guard text.contains("=~") else { return nil }
        // A selector may not match everything, an expected label set may.
        for (prefix, dropped) in [("", 0), ("x", 1)] {
            guard let expression = try? Parser.parse(prefix + text), case .selector(let selector) = expression,
                selector.at == nil, selector.boundary == nil, selector.offset.literalMillis == 0
            else { continue }
            let matchers = dropped == 0 ? selector.matchers : selector.matchers.filter { $0.name != Label.metricName }
            guard matchers.allSatisfy({ $0.kind == .equal || $0.kind == .regex }) else { return nil }
            return matchers
        }
        return nil
    }

    static func isOrdered(_ left: ComparedSample, _ right: ComparedSample) -> Bool { left.labels < right.labels }

    /// How values are compared.
    struct Rule {
        /// One unit in the last place apart is equal.
        var isFuzzy = false
        /// NaN equals NaN; to promtool it equals nothing.
        var nanEqualsNaN = true
    }

    /// Whether a sample is one that this one stands for.
    func accepts(_ other: ComparedSample, _ rule: Rule) -> Bool {
        guard acceptsLabels(of: other), histogram == other.histogram else { return false }
        if histogram != nil || value == other.value { return true }
        if rule.nanEqualsNaN, value.isNaN, other.value.isNaN { return true }
        return rule.isFuzzy && (value.nextUp == other.value || value.nextDown == other.value)
    }

    private func acceptsLabels(of other: ComparedSample) -> Bool {
        guard let matchers else { return labels == other.labels }
        let isNamed = other.labels.pairs.allSatisfy { pair in
            matchers.contains { ByteOrder.equal($0.name, pair.name) }
        }
        return isNamed && matchers.allSatisfy { $0.matches(other.labels) }
    }

    private var labelsText: String {
        guard let matchers else { return labels.bracedDescription }
        let items = matchers.map { $0.name + $0.kind.rawValue + Labels.quoted($0.value) }
        return "{" + items.joined(separator: ", ") + "}"
    }

    static func text(_ samples: [ComparedSample]) -> String {
        if samples.isEmpty { return "nil" }
        return samples.map { sample in
            if let histogram = sample.histogram { return "\(sample.labelsText) \(histogram)" }
            let value = GoFloat.formatted(sample.value, verb: UInt8(ascii: "E"), precision: nil)
            return "\(sample.labelsText) \(value)"
        }.joined(separator: ", ")
    }
}
