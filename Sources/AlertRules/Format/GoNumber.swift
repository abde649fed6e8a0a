/// Numbers as Go's `strconv` reads them.
enum GoNumber {
    /// `strconv.ParseFloat`: decimal, hexadecimal, `Inf`, `Infinity` and `NaN` in any case, a sign, underscores never.
    static func float(_ text: String) -> Double? {
        var body = text.lowercased()
        let isNegative = body.hasPrefix("-")
        if isNegative || body.hasPrefix("+") { body.removeFirst() }
        let magnitude: Double?
        switch body {
        case "inf", "infinity": magnitude = .infinity
        case "nan": magnitude = .nan
        default:
            guard let first = body.utf8.first, (0x30...0x39).contains(first) || first == 0x2E else { return nil }
            let completed = body.hasPrefix(".") ? "0" + body : body.hasSuffix(".") ? body + "0" : body
            magnitude = Double(completed)
        }
        return magnitude.map { isNegative ? -$0 : $0 }
    }
}
