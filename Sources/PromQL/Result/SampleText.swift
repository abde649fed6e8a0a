import TimeSeries

/// Samples as `[1.5,"2"],[2,"3"]`, written into one buffer of bytes: a query's result may have millions.
///
/// The series of a range query mostly have the same times, so their text is kept from one series to the next.
struct SampleText {
    private var times: [Int64] = []
    private var timeBytes: [UInt8] = []
    /// Where each time's text begins, and the end of the last.
    private var timeStarts: [Int] = [0]
    private var bytes: [UInt8] = []

    /// The bytes so far as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds `{"metric":{…},"values":[…],"histograms":[…]}`, with a comma before all but the first; `values` and
    /// `histograms` only where there are such samples.
    mutating func append(_ series: Series) {
        append(bytes.isEmpty ? "{\"metric\":{" : ",{\"metric\":{")
        for (place, pair) in series.labels.pairs.enumerated() {
            if place > 0 { append(",") }
            append(JSONText.quoted(pair.name))
            append(":")
            append(JSONText.quoted(pair.value))
        }
        append("}")
        appendNumbers(series)
        if let histograms = series.histograms, !histograms.isEmpty {
            append(",\"histograms\":[")
            for (number, place) in histograms.places.enumerated() {
                if number > 0 { append(",") }
                append(JSONText.sample(series.timestamps[place], histograms.samples[number].value))
            }
            append("]")
        }
        append("}")
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func appendNumbers(_ series: Series) {
        if !isKnown(series.timestamps) { writeTimes(series.timestamps) }
        var isFirst = true
        timeBytes.withUnsafeBufferPointer { timeBytes in
            for (place, value) in series.values.enumerated() where !value.isHistogramMarker {
                bytes.append(contentsOf: isFirst ? SampleText.begin : SampleText.middle)
                isFirst = false
                bytes.append(
                    contentsOf: UnsafeBufferPointer(rebasing: timeBytes[timeStarts[place]..<timeStarts[place + 1]]))
                SampleText.append(value, to: &bytes)
            }
        }
        if !isFirst { bytes.append(contentsOf: SampleText.end) }
    }

    private static let begin = Array(",\"values\":[".utf8)
    private static let middle = Array("\"],".utf8)
    private static let end = Array("\"]]".utf8)

    private func isKnown(_ timestamps: [Int64]) -> Bool {
        timestamps.withUnsafeBufferPointer { new in
            times.withUnsafeBufferPointer { old in
                new.count == old.count && (new.baseAddress == old.baseAddress || new.elementsEqual(old))
            }
        }
    }

    private mutating func writeTimes(_ timestamps: [Int64]) {
        times = timestamps
        timeBytes.removeAll(keepingCapacity: true)
        timeStarts = [0]
        timeStarts.reserveCapacity(timestamps.count + 1)
        for time in timestamps {
            timeBytes.append(UInt8(ascii: "["))
            if time >= 0, time % 1000 == 0 {
                SampleText.append((time / 1000).magnitude, to: &timeBytes)
            } else {
                timeBytes.append(contentsOf: JSONText.seconds(time).utf8)
            }
            timeBytes.append(UInt8(ascii: ","))
            timeBytes.append(UInt8(ascii: "\""))
            timeStarts.append(timeBytes.count)
        }
    }

    private static func append(_ value: Double, to bytes: inout [UInt8]) {
        let magnitude = abs(value)
        if magnitude < 0x1p53, magnitude >= 1, magnitude == magnitude.rounded(.towardZero) {
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            append(UInt64(magnitude), to: &bytes)
            return
        }
        var text = formatPrometheusFloat(value)
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var place = 20
            repeat {
                place -= 1
                digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            bytes.append(contentsOf: digits[place...])
        }
    }
}
