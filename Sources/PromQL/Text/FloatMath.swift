#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The C library's functions under one name on every platform.
enum FloatMath {
    static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
    static func arcTangent2(_ y: Double, _ x: Double) -> Double { atan2(y, x) }
    static func remainder(_ left: Double, _ right: Double) -> Double { fmod(left, right) }

    /// The function of one argument behind a PromQL function's name.
    static let unary: [String: @Sendable (Double) -> Double] = [
        "exp": { exp($0) }, "ln": { log($0) }, "log2": { log2($0) }, "log10": { log10($0) }, "sqrt": { sqrt($0) },
        "sin": { sin($0) }, "cos": { cos($0) }, "tan": { tan($0) }, "asin": { asin($0) }, "acos": { acos($0) },
        "atan": { atan($0) },
        // Go halves e^x, which overflows a little earlier than the C library's.
        "sinh": { abs($0) > 21 ? exp(abs($0)) * ($0 < 0 ? -0.5 : 0.5) : sinh($0) },
        "cosh": { abs($0) > 21 ? exp(abs($0)) * 0.5 : cosh($0) }, "tanh": { tanh($0) },
        "asinh": { asinh($0) }, "acosh": { acosh($0) }, "atanh": { atanh($0) },
        "deg": { $0 * 180 / Double.pi }, "rad": { $0 * Double.pi / 180 },
        "ceil": { $0.rounded(.up) }, "floor": { $0.rounded(.down) }, "abs": { abs($0) },
        "sgn": { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 },
    ]
}
