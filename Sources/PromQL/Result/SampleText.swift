/// Samples as `[1.5,"2"],[2,"3"]`, written into one buffer of bytes: a query's result may have millions.
struct SampleText {
    private var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ millis: Int64, _ value: Double) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "["))
        appendSeconds(millis)
        bytes.append(UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "\""))
        if let whole = Int64(exactly: value), whole > 0, whole < 1 << 53 {
            appendDigits(whole.magnitude)
        } else {
            bytes.append(contentsOf: formatPrometheusFloat(value).utf8)
        }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func appendSeconds(_ millis: Int64) {
        if millis >= 0, millis % 1000 == 0 {
            appendDigits((millis / 1000).magnitude)
        } else {
            bytes.append(contentsOf: JSONText.seconds(millis).utf8)
        }
    }

    private mutating func appendDigits(_ number: UInt64) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
