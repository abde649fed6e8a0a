import PromQL
import TimeSeries

/// An alert as far as unit tests compare it, with promtool's way of printing it.
struct ComparedAlert: Comparable {
    var labels: Labels
    var annotations: Labels

    static func < (left: ComparedAlert, right: ComparedAlert) -> Bool {
        left.labels == right.labels ? left.annotations < right.annotations : left.labels < right.labels
    }

    static func text(_ alerts: [ComparedAlert]) -> String {
        if alerts.isEmpty { return "[]" }
        let items = alerts.enumerated().map { index, alert in
            let lines = [
                "Labels:" + alert.labels.bracedDescription, "Annotations:" + alert.annotations.bracedDescription,
            ]
            return "            \(index):\n" + lines.map { "              " + $0 }.joined(separator: "\n")
        }
        return "[\n" + items.joined(separator: ",\n") + "\n            ]"
    }
}

/// A sample as far as unit tests compare it.
struct ComparedSample: Comparable {
    var labels: Labels
    var value: Double
    /// A native histogram as promtool prints it, which is what it compares.
    var histogram: String?

    init(labels: Labels, value: Double, histogram: String? = nil) {
        self.labels = labels
        self.value = value
        self.histogram = histogram
    }

    /// Throws what is wrong with the labels.
    init(_ sample: UnitTest.ExpectedSample) throws {
        do {
            labels = sample.labels.isEmpty ? .empty : try Parser.parseLabels(sample.labels)
        } catch {
            throw RuleFailure.failed("labels \(GoQuote.quoted(sample.labels)): \(error)")
        }
        value = sample.value
        if !sample.histogram.isEmpty {
            do {
                histogram = try FloatHistogram(notation: sample.histogram).notation
            } catch {
                throw RuleFailure.failed("\(error)")
            }
        }
    }

    static func < (left: ComparedSample, right: ComparedSample) -> Bool { left.labels < right.labels }
    static func == (left: ComparedSample, right: ComparedSample) -> Bool { left.isEqual(to: right, isFuzzy: false) }

    /// Exactly equal, or one unit in the last place apart where that is allowed; NaN equals nothing.
    func isEqual(to other: ComparedSample, isFuzzy: Bool) -> Bool {
        guard labels == other.labels, histogram == other.histogram else { return false }
        if histogram != nil { return true }
        if value == other.value { return true }
        return isFuzzy && (value.nextUp == other.value || value.nextDown == other.value)
    }

    static func text(_ samples: [ComparedSample]) -> String {
        if samples.isEmpty { return "nil" }
        return samples.map { sample in
            if let histogram = sample.histogram { return "\(sample.labels.bracedDescription) \(histogram)" }
            let value = GoFloat.formatted(sample.value, verb: UInt8(ascii: "E"), precision: nil)
            return "\(sample.labels.bracedDescription) \(value)"
        }.joined(separator: ", ")
    }
}
