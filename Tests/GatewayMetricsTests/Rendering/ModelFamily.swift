import Exposition
import TestSupport

@testable import GatewayMetrics

/// An exemplar as a model remembers it.
struct ModelExemplar: Equatable {
    var labels: [String: String]
    var value: Double
}

/// What one child was told.
struct ModelChild {
    var number = 0.0
    var observations: [Double] = []
    var states: Set<String> = []
    /// By bucket; of a counter under 0.
    var exemplars: [Int: ModelExemplar] = [:]
    /// Exemplars that a histogram was given.
    var exemplarCount = 0
}

/// A family beside the real one: everything that its children were told.
struct ModelFamily {
    let name: String
    let kind: MetricKind
    let help: String
    let unit: String
    let labels: [String]
    var buckets: [Double] = []
    var native: NativeHistogramOptions?
    var hasExemplars = false
    var states: [String] = []
    var children: [[String]: ModelChild] = [:]
}

/// A sample with what belongs to it, as a model expects it and a parser gives it.
struct PageSample: Equatable, CustomStringConvertible {
    var value: Double
    var exemplar: ModelExemplar?
    var createdMillis: Int64?

    static func == (left: PageSample, right: PageSample) -> Bool {
        (left.value == right.value || left.value.isNaN && right.value.isNaN) && left.exemplar == right.exemplar
            && left.createdMillis == right.createdMillis
    }

    var description: String { "\(value) \(exemplar.map { "\($0)" } ?? "") \(createdMillis.map { "\($0)" } ?? "")" }
}

/// A native histogram without the empty buckets that a format may hold.
struct PageHistogram: Equatable {
    var schema: Int32
    var zeroThreshold: Double
    var zeroCount: Double
    var count: Double
    var sum: Double
    var positive: [Int: Double]
    var negative: [Int: Double]
    var exemplars: Int
    var createdMillis: Int64?
}

/// A whole page: what matters of it, in no order.
struct Page: Equatable {
    struct Key: Hashable, CustomStringConvertible {
        let name: String
        let labels: [String: String]
        var description: String { name + labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.description }
    }

    var kinds: [String: MetricKind] = [:]
    var helps: [String: String] = [:]
    var units: [String: String] = [:]
    var samples: [Key: PageSample] = [:]
    var histograms: [Key: PageHistogram] = [:]
    /// Things that stand twice.
    var duplicates: [String] = []

    /// What `self` and another page do not agree on.
    func differences(from other: Page) -> [String] {
        var found = duplicates + other.duplicates
        if kinds != other.kinds { found.append("kinds \(kinds) \(other.kinds)") }
        if helps != other.helps { found.append("helps \(helps) \(other.helps)") }
        if units != other.units { found.append("units \(units) \(other.units)") }
        for key in Set(samples.keys).union(other.samples.keys) where samples[key] != other.samples[key] {
            found.append("\(key): \(String(describing: samples[key])) \(String(describing: other.samples[key]))")
        }
        for key in Set(histograms.keys).union(other.histograms.keys) where histograms[key] != other.histograms[key] {
            found.append("\(key): \(String(describing: histograms[key])) \(String(describing: other.histograms[key]))")
        }
        return found
    }
}

extension Page {
    /// What a parser finds in the bytes, without the registry's own metrics.
    init(_ bytes: [UInt8], _ format: ExpositionFormat, without prefix: String) throws {
        let events: [ExpositionEvent]
        switch format {
        case .protobufDelimited: events = try ProtobufExpositionParser.parse(bytes)
        case .openMetrics001, .openMetrics100: events = try ExpositionParser.parse(bytes, mode: .openMetrics)
        case .openMetrics200: events = try ExpositionParser.parse(bytes, mode: .openMetrics2)
        case .prometheusText004, .prometheusText100:
            events = try ExpositionParser.parse(bytes, mode: .prometheusText)
        }
        for event in events { add(event, without: prefix) }
        if format.isOpenMetrics, events.last != .endOfFile { duplicates.append("no end") }
    }

    private mutating func add(_ event: ExpositionEvent, without prefix: String) {
        switch event {
        case .kind(let name, let kind):
            guard !name.hasPrefix(prefix) else { return }
            if kinds.updateValue(kind, forKey: name) != nil { duplicates.append("TYPE \(name)") }
        case .help(let name, let text):
            guard !name.hasPrefix(prefix) else { return }
            if helps.updateValue(text, forKey: name) != nil { duplicates.append("HELP \(name)") }
        case .unit(let name, let unit):
            if units.updateValue(unit, forKey: name) != nil { duplicates.append("UNIT \(name)") }
        case .sample(let sample):
            guard !sample.name.hasPrefix(prefix) else { return }
            let key = Page.key(sample.name, sample.labels)
            let exemplar = sample.exemplar.map { exemplar in
                ModelExemplar(
                    labels: Dictionary(exemplar.labels.map { ($0.name, $0.value) }) { $1 }, value: exemplar.value)
            }
            let read = PageSample(value: sample.value, exemplar: exemplar, createdMillis: sample.createdMillis)
            if samples.updateValue(read, forKey: key) != nil { duplicates.append("\(key)") }
        case .histogram(let sample):
            let key = Page.key(sample.name, sample.labels)
            if histograms.updateValue(PageHistogram(sample), forKey: key) != nil { duplicates.append("\(key)") }
        case .endOfFile: break
        }
    }

    /// A label value as an ASCII key that differs when any byte does; ASCII stays as it is.
    static func exact(_ value: String) -> String {
        value.utf8.allSatisfy { $0 < 0x80 } ? value : "\(Array(value.utf8))"
    }

    private static func key(_ name: String, _ labels: [(name: String, value: String)]) -> Key {
        // `le` is a number: 1 and 1.0 are the same.
        let pairs = labels.map {
            ($0.name, $0.name == "le" ? Double($0.value)?.description ?? $0.value : Page.exact($0.value))
        }
        return Key(name: name, labels: Dictionary(pairs) { $0 + "|" + $1 })
    }
}

extension PageHistogram {
    init(_ sample: ExpositionHistogramSample) {
        let histogram = sample.histogram
        func buckets(_ spans: [BucketSpan], _ counts: [Double]) -> [Int: Double] {
            var result: [Int: Double] = [:]
            var index = 0
            var position = 0
            for span in spans {
                index += Int(span.offset)
                for _ in 0..<span.length where position < counts.count {
                    if counts[position] != 0 { result[index] = counts[position] }
                    index += 1
                    position += 1
                }
            }
            return result
        }
        self.init(
            schema: histogram.schema, zeroThreshold: histogram.zeroThreshold, zeroCount: histogram.zeroCount,
            count: histogram.count, sum: histogram.sum,
            positive: buckets(histogram.positiveSpans, histogram.positiveCounts),
            negative: buckets(histogram.negativeSpans, histogram.negativeCounts), exemplars: sample.exemplars.count,
            createdMillis: sample.createdMillis)
    }
}
