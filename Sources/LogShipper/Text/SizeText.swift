/// Numbers as people read them.
enum SizeText {
    /// `17 B`, `1.5 KiB`, `20 MiB`.
    static func bytes(_ count: some BinaryInteger) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(count)
        var unit = 0
        while abs(value) >= 1024, unit + 1 < units.count {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(count) B" }
        let tenths = Int((value * 10).rounded())
        return abs(value) < 10
            ? "\(tenths / 10).\(abs(tenths % 10)) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
    }

    /// `now`, `1.5 s`, `3 min`, `2 h`, `4 d`.
    static func duration(nanos: Int64) -> String {
        let seconds = Double(max(0, nanos)) / 1e9
        switch seconds {
        case ..<0.001: return "now"
        case ..<1: return "\(Int(seconds * 1000)) ms"
        case ..<60: return "\(Int(seconds)).\(Int(seconds * 10) % 10) s"
        case ..<3600: return "\(Int(seconds / 60)) min"
        case ..<86_400: return "\(Int(seconds / 3600)) h"
        default: return "\(Int(seconds / 86_400)) d"
        }
    }
}
