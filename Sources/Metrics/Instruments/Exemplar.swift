import Exposition

/// What connects one observation with a trace: a few labels, given along with an increment or an observation.
///
/// A plain value: making one from ids and keeping it allocate nothing. Families declared with `exemplars: true` keep
/// the newest one of a counter and of each bucket, others ignore them.
///
/// OpenMetrics 1.0, "Exemplars": names and values together have at most 128 code points. Here they have at most
/// ``maxLabelBytes``; longer ones are refused when they are used, and counted in
/// `<prefix>_metrics_rejected_total{reason="exemplar_too_long"}`.
public struct Exemplar: Sendable {
    /// Bytes of label names and values together, two more for each label included.
    public static let maxLabelBytes = 56

    /// What the label words hold.
    enum Form: UInt64 {
        /// The trace id in two words, the span id in the third, zero for none.
        case trace = 1
        /// For each label the length of the name, the name, the length of the value, the value; then zeros.
        case text = 2
        /// Nothing, because the labels were too long.
        case refused = 3
    }

    let form: Form
    let labels: InlineArray<7, UInt64>

    /// The labels `trace_id` and `span_id`, in lower-case hexadecimal as in W3C Trace Context.
    ///
    /// - Parameters:
    ///   - traceID: 128 bits, the upper half first
    ///   - spanID: 64 bits; 0 leaves the label out
    public init(traceID: (UInt64, UInt64), spanID: UInt64 = 0) {
        form = .trace
        labels = [traceID.0, traceID.1, spanID, 0, 0, 0, 0]
    }

    /// Labels of your own: names of the form `[a-zA-Z_][a-zA-Z0-9_]*`, each at most once, and any text as values.
    public init(labels pairs: KeyValuePairs<String, String>) {
        var packed: InlineArray<7, UInt64> = .init(repeating: 0)
        var position = 0
        var fits = pairs.allSatisfy { MetricName.isValidLabel($0.key) && $0.key.utf8.count + $0.value.utf8.count <= 56 }
        func append(_ byte: UInt8) {
            guard position < Exemplar.maxLabelBytes else {
                fits = false
                return
            }
            packed[position / 8] |= UInt64(byte) << UInt64(position % 8 * 8)
            position += 1
        }
        for (name, value) in pairs where fits {
            for text in [name, value] {
                append(UInt8(truncatingIfNeeded: text.utf8.count))
                for byte in text.utf8 { append(byte) }
            }
        }
        let names = pairs.map(\.key)
        form = fits && Set(names).count == names.count ? .text : .refused
        labels = packed
    }
}

/// An exemplar as it was kept.
package struct KeptExemplar: Sendable {
    /// What was observed, or by how much a counter rose.
    package let value: Double
    /// When, in milliseconds since 1970.
    package let timestampMillis: Int64
    private let form: UInt64
    private let labels: InlineArray<7, UInt64>

    init(value: Double, timestampMillis: Int64, form: UInt64, labels: InlineArray<7, UInt64>) {
        self.value = value
        self.timestampMillis = timestampMillis
        self.form = form
        self.labels = labels
    }

    /// Calls `body` with every label's name and value, UTF-8 that is not escaped and valid during the call.
    package func forEachLabel(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void)
    {
        if form == Exemplar.Form.text.rawValue {
            forEachPackedLabel(body)
        } else if form == Exemplar.Form.trace.rawValue {
            KeptExemplar.withHex([labels[0], labels[1]], count: 2) { body(KeptExemplar.traceID, $0) }
            if labels[2] != 0 { KeptExemplar.withHex([labels[2], 0], count: 1) { body(KeptExemplar.spanID, $0) } }
        }
    }

    private static var traceID: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: StaticString("trace_id").utf8Start, count: 8)
    }
    private static var spanID: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: StaticString("span_id").utf8Start, count: 7)
    }

    private func forEachPackedLabel(
        _ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Exemplar.maxLabelBytes) { bytes in
            for position in 0..<bytes.count {
                let byte = UInt8(truncatingIfNeeded: labels[position / 8] >> UInt64(position % 8 * 8))
                bytes.initializeElement(at: position, to: byte)
            }
            var position = 0
            func next() -> UnsafeBufferPointer<UInt8> {
                let start = min(position + 1, bytes.count)
                let end = min(start + Int(bytes[position]), bytes.count)
                position = end
                return UnsafeBufferPointer(rebasing: bytes[start..<end])
            }
            while position < bytes.count, bytes[position] > 0 {
                let name = next()
                guard position < bytes.count else { return }
                body(name, next())
            }
        }
    }

    private static func withHex(
        _ words: InlineArray<2, UInt64>, count: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16 * count) { digits in
            for position in 0..<(16 * count) {
                let digit = UInt8(truncatingIfNeeded: words[position / 16] >> UInt64(60 - position % 16 * 4) & 15)
                digits.initializeElement(at: position, to: digit < 10 ? 48 + digit : 87 + digit)
            }
            body(UnsafeBufferPointer(digits))
        }
    }
}
