import TimeSeries

/// Why a text is no histogram in the notation of promqltest scripts and unit-test files.
public struct HistogramNotationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let description: String
}

extension FloatHistogram {
    /// Reads `{{schema:1 count:4 sum:5.5 z_bucket:1 z_bucket_w:0.001 buckets:[1 2] offset:1 n_buckets:[1]
    /// n_offset:0 custom_values:[5 10] counter_reset_hint:gauge}}`; every part may be left out.
    ///
    /// Specified in Prometheus's documentation of unit tests ("series").
    public init(notation text: String) throws(HistogramNotationError) {
        var reader = NotationReader(text)
        self = try reader.read()
    }
}

/// Walks over the bytes of one histogram literal.
private struct NotationReader {
    private let bytes: [UInt8]
    private var place = 0
    private var histogram = FloatHistogram()
    private var offset: Int32 = 0
    private var negativeOffset: Int32 = 0
    private var positive: [Double] = []
    private var negative: [Double] = []

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func read() throws(HistogramNotationError) -> FloatHistogram {
        try expect("{{")
        skipBlanks()
        while !skips("}}") {
            let key = word()
            try expect(":")
            skipBlanks()
            try readValue(key)
            skipBlanks()
        }
        if place < bytes.count { throw failure("unexpected text after the histogram") }
        let isKnown =
            FloatHistogram.standardSchemas.contains(histogram.schema)
            || histogram.schema == FloatHistogram.customSchema
        if !isKnown { throw failure("schema \(histogram.schema) is neither -4 to 8 nor -53") }
        histogram.positive = try buckets(positive, from: offset)
        histogram.negative = try buckets(negative, from: negativeOffset)
        return histogram
    }

    private mutating func readValue(_ key: String) throws(HistogramNotationError) {
        switch key {
        case "schema": histogram.schema = try integer(key)
        case "sum": histogram.sum = try number(key)
        case "count": histogram.count = try number(key)
        case "z_bucket": histogram.zeroCount = try number(key)
        case "z_bucket_w": histogram.zeroThreshold = try number(key)
        case "offset": offset = try integer(key)
        case "n_offset": negativeOffset = try integer(key)
        case "buckets": positive = try list(key)
        case "n_buckets": negative = try list(key)
        case "custom_values": histogram.customBounds = try list(key)
        case "counter_reset_hint":
            switch word() {
            case "unknown": histogram.hint = .unknown
            case "reset": histogram.hint = .reset
            case "not_reset": histogram.hint = .notReset
            case "gauge": histogram.hint = .gauge
            case let other: throw failure("unknown counter_reset_hint \(other)")
            }
        default: throw failure("unknown key \(Labels.quoted(key))")
        }
    }

    private func buckets(
        _ counts: [Double], from offset: Int32
    ) throws(HistogramNotationError) -> [FloatHistogram.IndexedCount] {
        guard Int(offset).magnitude < 1 << 30, counts.count < 1 << 30 else { throw failure("offset out of range") }
        return counts.enumerated().map { .init(index: offset + Int32($0), count: $1) }
    }

    // MARK: Bytes

    private mutating func skipBlanks() {
        while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
    }

    private mutating func skips(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func expect(_ text: String) throws(HistogramNotationError) {
        if !skips(text) { throw failure("expected \(text) at byte \(place)") }
    }

    private mutating func word() -> String {
        let start = place
        while place < bytes.count, !" \t:{}[]".utf8.contains(bytes[place]) { place += 1 }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func integer(_ key: String) throws(HistogramNotationError) -> Int32 {
        let text = word()
        guard let value = Int32(text) else { throw failure("\(key): \(Labels.quoted(text)) is no integer") }
        return value
    }

    private mutating func number(_ key: String) throws(HistogramNotationError) -> Double {
        let text = word()
        switch text.lowercased() {
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "nan": return .nan
        default:
            guard let value = Double(text), !text.lowercased().contains("x") else {
                throw failure("\(key): \(Labels.quoted(text)) is no number")
            }
            return value
        }
    }

    private mutating func list(_ key: String) throws(HistogramNotationError) -> [Double] {
        try expect("[")
        var values: [Double] = []
        skipBlanks()
        while !skips("]") {
            values.append(try number(key))
            skipBlanks()
        }
        return values
    }

    private func failure(_ message: String) -> HistogramNotationError {
        HistogramNotationError(description: "histogram \(String(decoding: bytes, as: UTF8.self)): \(message)")
    }
}
