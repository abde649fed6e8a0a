import Exposition

/// Turns the free names of swift-metrics into names that the text formats allow.
enum NameMapping {
    /// The name of a counter: legal, and ending in `_total`.
    static func counter(_ label: String) -> String {
        let name = legal(label, allowsColon: true)
        return name.hasSuffix("_total") && name != "_total" ? name : name + "_total"
    }

    /// The name of a gauge or of a histogram of plain numbers.
    static func value(_ label: String) -> String {
        let name = legal(label, allowsColon: true)
        let reserved = ["_total", "_bucket", "_created"]
        return reserved.contains { name.hasSuffix($0) } ? name + "_value" : name
    }

    /// The name of a histogram of durations in seconds.
    static func timer(_ label: String) -> String {
        let name = legal(label, allowsColon: true)
        return name.hasSuffix("_seconds") ? name : name + "_seconds"
    }

    /// The name of a label; reserved ones get `exported_` in front, as Prometheus does it.
    static func dimension(_ name: String) -> String {
        let mapped = legal(name, allowsColon: false)
        return MetricName.isReservedLabel(mapped) ? "exported_" + mapped : mapped
    }

    /// Dimensions sorted by their mapped names; of two that fall together the first is kept.
    static func dimensions(_ dimensions: [(String, String)]) -> [(name: String, value: String)] {
        var seen: Set<String> = []
        return dimensions.map { (name: dimension($0.0), value: $0.1) }
            .filter { seen.insert($0.name).inserted }
            .sorted { $0.name < $1.name }
    }

    /// Every byte that is not allowed becomes `_`; a digit in front gets one before it.
    private static func legal(_ text: String, allowsColon: Bool) -> String {
        let bytes = text.utf8.prefix(maxNameBytes).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                byte
            case UInt8(ascii: ":") where allowsColon:
                byte
            default:
                UInt8(ascii: "_")
            }
        }
        guard let first = bytes.first else { return "_" }
        let isDigit = first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9")
        return (isDigit ? "_" : "") + String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes of a name that are kept.
    static let maxNameBytes = 256
}
