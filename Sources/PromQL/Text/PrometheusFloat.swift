/// Writes a number as Go's `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits that read back, without
/// an exponent; `NaN`, `+Inf`, `-Inf`.
public func formatPrometheusFloat(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53, !(whole == 0 && value.sign == .minus) {
        return String(whole)
    }
    // Between these, Swift writes the shortest digits without an exponent too.
    let magnitude = abs(value)
    if magnitude >= 0x1p-9, magnitude < 0x1p53 { return value.description }
    let (negative, digits, exponent) = shortestDigits(value)
    var out = negative ? "-" : ""
    if exponent <= 0 {
        out += "0"
        if digits != "0" { out += "." + String(repeating: "0", count: -exponent) + digits }
    } else if exponent >= digits.utf8.count {
        out += digits + String(repeating: "0", count: exponent - digits.utf8.count)
    } else {
        let cut = digits.index(digits.startIndex, offsetBy: exponent)
        out += digits[..<cut] + "." + digits[cut...]
    }
    return out
}

/// Writes a number as Go's `%g` and `%v` with the shortest digits: an exponent below 1e-4 and from 1e6 on.
public func formatGoFloat(_ value: Double) -> String {
    if !value.isFinite { return formatPrometheusFloat(value) }
    let (negative, digits, exponent) = shortestDigits(value)
    let power = exponent - 1
    if value == 0 || (power >= -4 && power < 6) { return formatPrometheusFloat(value) }
    var out = negative ? "-" : ""
    out += digits.prefix(1)
    if digits.utf8.count > 1 { out += "." + digits.dropFirst() }
    let magnitude = String(power.magnitude)
    return out + "e" + (power < 0 ? "-" : "+") + (magnitude.utf8.count < 2 ? "0" + magnitude : magnitude)
}

/// Digits without trailing zeros, and the place of the decimal point counted from the first digit.
private func shortestDigits(_ value: Double) -> (negative: Bool, digits: String, exponent: Int) {
    var negative = false
    var digits: [UInt8] = []
    var point: Int?
    var power = 0
    var bytes = Array("\(value)".utf8)[...]
    if bytes.first == UInt8(ascii: "-") {
        negative = true
        bytes = bytes.dropFirst()
    }
    while let byte = bytes.popFirst() {
        if byte == UInt8(ascii: ".") {
            point = digits.count
        } else if byte == UInt8(ascii: "e") {
            power = Int(String(decoding: bytes, as: UTF8.self)) ?? 0
            break
        } else {
            digits.append(byte)
        }
    }
    var exponent = (point ?? digits.count) + power
    while digits.count > 1, digits.first == UInt8(ascii: "0") {
        digits.removeFirst()
        exponent -= 1
    }
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    if digits == [UInt8(ascii: "0")] { exponent = 0 }
    return (negative, String(decoding: digits, as: UTF8.self), exponent)
}
