#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Numbers as Go writes them: `strconv.FormatFloat` and the verbs of `fmt` that Prometheus's templates use.
enum GoFloat {
    /// The shortest text that reads back as the same number, as `%v` and `%g` write it: with an exponent below
    /// 1e-4 and from 1e6 on (strconv's rule for 'g' without a precision).
    static func shortest(_ value: Double) -> String {
        if let word = special(value) { return word }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        let (digits, pointAt) = decimal(value.magnitude)
        let sign = value < 0 ? "-" : ""
        let exponent = pointAt - 1
        if exponent < -4 || exponent >= 6 {
            return sign + scientific(digits: digits, exponent: exponent, letter: "e")
        }
        return sign + positional(digits: digits, pointAt: pointAt)
    }

    /// A verb with a precision, or the shortest form without one: `verb` is one of `e E f F g G`.
    static func formatted(_ value: Double, verb: UInt8, precision: Int?, isAlternate: Bool = false) -> String {
        if let word = special(value) { return word }
        guard let precision else { return shortest(value, verb: verb) }
        let bounded = min(max(precision, 0), 1_000)
        let format = "%\(isAlternate ? "#" : "").\(bounded)\(String(UnicodeScalar(verb == 0x46 ? 0x66 : verb)))"
        return c(format, value)
    }

    /// `%.4g`, the form of the humanize functions.
    static func fourDigits(_ value: Double) -> String { formatted(value, verb: 0x67, precision: 4) }

    private static func shortest(_ value: Double, verb: UInt8) -> String {
        switch verb {
        case 0x65, 0x45:
            let sign = value.sign == .minus ? "-" : ""
            if value == 0 { return sign + (verb == 0x65 ? "0e+00" : "0E+00") }
            let (digits, pointAt) = decimal(value.magnitude)
            return sign + scientific(digits: digits, exponent: pointAt - 1, letter: verb == 0x65 ? "e" : "E")
        case 0x66, 0x46:
            if value == 0 { return value.sign == .minus ? "-0" : "0" }
            let (digits, pointAt) = decimal(value.magnitude)
            return (value < 0 ? "-" : "") + positional(digits: digits, pointAt: pointAt)
        default:
            let text = shortest(value)
            return verb == 0x47 ? text.uppercased() : text
        }
    }

    private static func special(_ value: Double) -> String? {
        if value.isNaN { return "NaN" }
        return value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : nil
    }

    /// The shortest digits of a positive finite number, and where the point stands (0.digits × 10^pointAt).
    private static func decimal(_ value: Double) -> (digits: String, pointAt: Int) {
        var mantissa = Substring(value.description)
        var exponent = 0
        if let mark = mantissa.firstIndex(of: "e") {
            exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
            mantissa = mantissa[..<mark]
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        let whole = parts[0]
        var digits = String(whole) + (parts.count > 1 ? parts[1] : "")
        var pointAt = whole.utf8.count + exponent
        while digits.hasPrefix("0"), digits.utf8.count > 1 {
            digits.removeFirst()
            pointAt -= 1
        }
        while digits.hasSuffix("0"), digits.utf8.count > 1 { digits.removeLast() }
        return (digits, pointAt)
    }

    private static func scientific(digits: String, exponent: Int, letter: String) -> String {
        let head = String(digits.prefix(1))
        let tail = digits.dropFirst()
        let sign = exponent < 0 ? "-" : "+"
        return head + (tail.isEmpty ? "" : "." + tail) + letter + sign + padded(Int(exponent.magnitude), 2)
    }

    private static func positional(digits: String, pointAt: Int) -> String {
        if pointAt <= 0 { return "0." + String(repeating: "0", count: -pointAt) + digits }
        if pointAt >= digits.utf8.count {
            return digits + String(repeating: "0", count: pointAt - digits.utf8.count)
        }
        return digits.prefix(pointAt) + "." + digits.dropFirst(pointAt)
    }

    private static func c(_ format: String, _ value: Double) -> String {
        withVaList([value]) { arguments in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1_500) { buffer in
                let written = vsnprintf(buffer.baseAddress, buffer.count, format, arguments)
                let length = min(max(Int(written), 0), buffer.count - 1)
                return String(
                    decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<length]), as: UTF8.self
                )
            }
        }
    }
}
