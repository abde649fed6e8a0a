/// Turns a `Metric` into samples.
///
/// Hot path. The strings of the metric before are used again where they are equal.
struct ProtobufMetricDecoder {
    typealias Labels = [(name: String, value: String)]

    /// The most labels a metric may have.
    static let maxLabels = 1024

    /// The labels of the metric that is being read or was read last.
    private var labels: Labels = []
    private var seenNames: Set<ExactText> = []
    private var suffixed = SuffixedNames()
    private var bounds = BoundTexts()

    /// What all samples of a metric have in common.
    struct Point {
        var family: String
        var labels: Labels
        var timestampMillis: Int64?
        var createdMillis: Int64?
    }

    /// Reads a metric whose family is of type `kind`.
    mutating func decode(
        _ metric: ProtobufReader, family: String, kind: MetricKind, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var reader = metric
        var labelCount = 0
        var timestampMillis: Int64?
        var value: ProtobufReader.Range?
        let valueField = ProtobufMetricDecoder.valueField(of: kind)
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .lengthDelimited):
                let range = try reader.delimited()
                try setLabel(at: labelCount, reader.message(range, "metric.label"))
                labelCount += 1
            case (6, .varint): timestampMillis = Int64(bitPattern: try reader.varint())
            case (valueField, .lengthDelimited): value = try reader.delimited()
            default: try reader.skip(wire)
            }
        }
        guard let value else {
            throw reader.failure("the metric has no \(kind == .unknown ? "untyped" : kind.rawValue)")
        }
        if labels.count > labelCount { labels.removeLast(labels.count - labelCount) }
        var point = Point(family: family, labels: labels, timestampMillis: timestampMillis)
        switch kind {
        case .histogram, .gaugehistogram:
            try histogram(metric.message(value, "metric.histogram"), &point, isGauge: kind == .gaugehistogram, emit)
        case .summary: try summary(metric.message(value, "metric.summary"), &point, emit)
        case .gauge: try number(metric.message(value, "metric.gauge"), &point, emit)
        case .counter: try number(metric.message(value, "metric.counter"), &point, emit)
        case .unknown, .info, .stateset: try number(metric.message(value, "metric.untyped"), &point, emit)
        }
    }

    private static func valueField(of kind: MetricKind) -> Int {
        switch kind {
        case .gauge: 2
        case .counter: 3
        case .summary: 4
        case .histogram, .gaugehistogram: 7
        case .unknown, .info, .stateset: 5
        }
    }

    /// Reads a `LabelPair` (name = 1, value = 2) in place of the one that the metric before had here.
    private mutating func setLabel(at index: Int, _ pair: ProtobufReader) throws(ProtobufExpositionError) {
        if index == labels.count { labels.append(("", "")) }
        let known = labels[index]
        let label = try ProtobufMetricDecoder.label(pair, likely: known)
        if !label.name.hasSameBytes(as: known.name) { labels[index].name = label.name }
        if !label.value.hasSameBytes(as: known.value) { labels[index].value = label.value }
        try ProtobufMetricDecoder.check(label.name, after: labels[..<index], &seenNames, pair)
    }

    private static func check(
        _ name: String, after labels: ArraySlice<(name: String, value: String)>, _ seen: inout Set<ExactText>,
        _ pair: ProtobufReader
    ) throws(ProtobufExpositionError) {
        guard labels.count < maxLabels else { throw pair.failure("too many labels") }
        var isNew = true
        if labels.count < LineScanner.fewLabels {
            for known in labels where known.name.hasSameBytes(as: name) { isNew = false }
        } else {
            // With many labels a search through all of them for each would take quadratic time.
            if labels.count == LineScanner.fewLabels { seen = Set(labels.map { ExactText($0.name) }) }
            isNew = seen.insert(ExactText(name)).inserted
        }
        guard isNew else { throw pair.failure("the label \"\(name)\" stands twice") }
    }

    private static func label(
        _ pair: ProtobufReader, likely: (name: String, value: String)?
    ) throws(ProtobufExpositionError) -> (name: String, value: String) {
        var reader = pair
        var label = (name: "", value: "")
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .lengthDelimited): label.name = try reader.text(reader.delimited(), likely: likely?.name)
            case (2, .lengthDelimited): label.value = try reader.text(reader.delimited(), likely: likely?.value)
            default: try reader.skip(wire)
            }
        }
        guard !label.name.isEmpty else { throw reader.failure("a label without a name") }
        return label
    }

    /// A `Gauge`, `Untyped` (value = 1) or `Counter` (also exemplar = 2, created_timestamp = 3).
    private func number(
        _ message: ProtobufReader, _ point: inout Point, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var reader = message
        var value = 0.0
        var exemplar: ExpositionExemplar?
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .fixed64): value = try reader.double()
            case (2, .lengthDelimited):
                let range = try reader.delimited()
                exemplar = try ProtobufMetricDecoder.exemplar(reader.message(range, "metric.counter.exemplar"))
            case (3, .lengthDelimited):
                let range = try reader.delimited()
                point.createdMillis = try ProtobufMetricDecoder.millis(
                    reader.message(range, "metric.counter.created_timestamp"))
            default: try reader.skip(wire)
            }
        }
        try send(point, point.family, value, exemplar, emit)
    }

    /// A `Summary`: sample_count = 1, sample_sum = 2, quantile = 3, created_timestamp = 4.
    private mutating func summary(
        _ message: ProtobufReader, _ point: inout Point, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        var reader = message
        var (count, sum) = (0.0, 0.0)
        var quantiles: [ProtobufReader.Range] = []
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .varint): count = Double(try reader.varint())
            case (2, .fixed64): sum = try reader.double()
            case (3, .lengthDelimited): quantiles.append(try reader.delimited())
            case (4, .lengthDelimited):
                let range = try reader.delimited()
                point.createdMillis = try ProtobufMetricDecoder.millis(
                    reader.message(range, "metric.summary.created_timestamp"))
            default: try reader.skip(wire)
            }
        }
        try ProtobufMetricDecoder.check(quantiles.count, "quantiles", point, message)
        for (index, range) in quantiles.enumerated() {
            let (quantile, value) = try pair(message.message(range, "metric.summary.quantile"))
            var labelled = point
            labelled.labels.append((name: "quantile", value: bounds.text(of: quantile, at: index)))
            try send(labelled, point.family, value, nil, emit)
        }
        let names = suffixed.names(of: point.family)
        try send(point, names.sum, sum, nil, emit)
        try send(point, names.count, count, nil, emit)
    }

    /// An empty bucket has two bytes, but its sample has all labels of the metric.
    private static func check(
        _ count: Int, _ what: String, _ point: Point, _ message: ProtobufReader
    ) throws(ProtobufExpositionError) {
        if let reason = SampleExpansion.reasonAgainst(count, what, labels: point.labels.count) {
            throw message.failure(reason)
        }
    }

    /// Two doubles, fields 1 and 2.
    private func pair(_ message: ProtobufReader) throws(ProtobufExpositionError) -> (Double, Double) {
        var reader = message
        var pair = (0.0, 0.0)
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .fixed64): pair.0 = try reader.double()
            case (2, .fixed64): pair.1 = try reader.double()
            default: try reader.skip(wire)
            }
        }
        return pair
    }

    private mutating func histogram(
        _ message: ProtobufReader, _ point: inout Point, isGauge: Bool, _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        let fields = try ProtobufHistogramFields(message, isGauge: isGauge)
        point.createdMillis = fields.createdMillis
        try ProtobufMetricDecoder.check(fields.buckets.count, "buckets", point, message)
        if fields.isNative {
            try emit(
                .histogram(
                    ExpositionHistogramSample(
                        name: point.family, labels: point.labels, histogram: fields.histogram,
                        timestampMillis: point.timestampMillis, createdMillis: point.createdMillis,
                        exemplars: fields.exemplars)))
        }
        if !fields.isNative || !fields.buckets.isEmpty { try classic(fields, message, point, emit) }
    }

    private mutating func classic(
        _ fields: ProtobufHistogramFields, _ message: ProtobufReader, _ point: Point,
        _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        let names = suffixed.names(of: point.family)
        var labelled = point
        let place = labelled.labels.count
        labelled.labels.append((name: "le", value: "+Inf"))
        var hasInfinite = false
        for (index, range) in fields.buckets.enumerated() {
            let bucket = try ProtobufBucket(message.message(range, "metric.histogram.bucket"))
            labelled.labels[place].value = bounds.text(of: bucket.bound, at: index)
            hasInfinite = hasInfinite || bucket.bound == .infinity
            try send(labelled, names.bucket, bucket.count, bucket.exemplar, emit)
        }
        if !hasInfinite {
            labelled.labels[place].value = "+Inf"
            try send(labelled, names.bucket, fields.histogram.count, nil, emit)
        }
        try send(point, names.sum, fields.histogram.sum, nil, emit)
        try send(point, names.count, fields.histogram.count, nil, emit)
    }

    @inline(__always)
    private func send(
        _ point: Point, _ name: String, _ value: Double, _ exemplar: ExpositionExemplar?,
        _ emit: (ExpositionEvent) throws -> Void
    ) throws {
        try emit(
            .sample(
                ExpositionSample(
                    name: name, labels: point.labels, value: value, timestampMillis: point.timestampMillis,
                    createdMillis: point.createdMillis, exemplar: exemplar)))
    }

    /// An `Exemplar`: label = 1, value = 2, timestamp = 3.
    static func exemplar(_ message: ProtobufReader) throws(ProtobufExpositionError) -> ExpositionExemplar {
        var reader = message
        var labels: Labels = []
        var seen: Set<ExactText> = []
        var exemplar = ExpositionExemplar(labels: [], value: 0)
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .lengthDelimited):
                let range = try reader.delimited()
                let pair = reader.message(range, "exemplar.label")
                let label = try label(pair, likely: nil)
                try check(label.name, after: labels[...], &seen, pair)
                labels.append(label)
            case (2, .fixed64): exemplar.value = try reader.double()
            case (3, .lengthDelimited):
                let (seconds, nanos) = try timestamp(reader.message(reader.delimited(), "exemplar.timestamp"))
                exemplar.timestampSeconds = Double(seconds) + Double(nanos) / 1e9
            default: try reader.skip(wire)
            }
        }
        exemplar.labels = labels.map { ExpositionExemplar.Label(name: $0.name, value: $0.value) }
        return exemplar
    }

    /// The milliseconds of a `google.protobuf.Timestamp`, rounded down.
    static func millis(_ message: ProtobufReader) throws(ProtobufExpositionError) -> Int64 {
        let (seconds, nanos) = try timestamp(message)
        let (millis, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, carries) = millis.addingReportingOverflow(nanos / 1_000_000)
        guard !overflows, !carries else { throw message.failure("a time of \(seconds) seconds") }
        return sum
    }

    /// A `google.protobuf.Timestamp`: seconds = 1, nanos = 2, of which there are less than a second's.
    private static func timestamp(_ message: ProtobufReader) throws(ProtobufExpositionError) -> (Int64, Int64) {
        var reader = message
        var (seconds, nanos): (Int64, Int64) = (0, 0)
        while !reader.isAtEnd {
            let (field, wire) = try reader.tag()
            switch (field, wire) {
            case (1, .varint): seconds = Int64(bitPattern: try reader.varint())
            case (2, .varint): nanos = Int64(bitPattern: try reader.varint())
            default: try reader.skip(wire)
            }
        }
        guard nanos >= 0, nanos < 1_000_000_000 else { throw message.failure("\(nanos) nanoseconds") }
        return (seconds, nanos)
    }
}
