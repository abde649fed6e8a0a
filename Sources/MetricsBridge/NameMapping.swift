import Exposition

/// Turns the free names of swift-metrics into names that every format and scraper allows.
enum NameMapping {
    /// The name of a counter: legal, and ending in `_total`; and one for when another kind has it.
    static func counter(_ label: String) -> (name: String, spare: String) {
        let name = legal(label)
        let base = name.hasSuffix("_total") && name != "_total" ? String(name.dropLast(6)) : name
        return (base + "_total", base + "_events_total")
    }

    /// The name of a gauge.
    static func gauge(_ label: String) -> (name: String, spare: String) {
        (plain(label), legal(label) + "_value")
    }

    /// The name of a histogram of plain numbers.
    static func recorder(_ label: String) -> (name: String, spare: String) {
        (plain(label), legal(label) + "_values")
    }

    /// The name of a histogram of durations in seconds; a unit that it ends in is replaced.
    static func timer(_ label: String) -> (name: String, spare: String) {
        var base = legal(label)
        for unit in ["_seconds"] + otherTimeUnits where base.hasSuffix(unit) && base != unit {
            base = String(base.dropLast(unit.count))
            break
        }
        return (base + "_seconds", base + "_time_seconds")
    }

    private static let otherTimeUnits = [
        "_second", "_milliseconds", "_millis", "_microseconds", "_micros", "_nanoseconds", "_nanos", "_secs", "_sec",
        "_ms", "_us", "_ns",
    ]

    /// Endings that belong to the samples of other kinds get `_value` behind them.
    private static func plain(_ label: String) -> String {
        let name = legal(label)
        let reserved = ["_total", "_bucket", "_created"]
        return reserved.contains { name.hasSuffix($0) } ? name + "_value" : name
    }

    /// The name of a label; reserved ones get `exported_` in front, as Prometheus does it.
    static func dimension(_ name: String) -> String {
        let mapped = legal(name)
        return MetricName.isReservedLabel(mapped) ? "exported_" + mapped : mapped
    }

    /// The names of labels, sorted, and where among the dimensions each stands; of two that fall together the first
    /// is kept.
    static func labels(_ dimensions: [String]) -> [(name: String, place: Int)] {
        var seen: Set<String> = []
        return dimensions.enumerated().map { (name: dimension($0.element), place: $0.offset) }
            .filter { seen.insert($0.name).inserted }
            .sorted { $0.name < $1.name }
    }

    /// Every byte that is not allowed becomes `_`, also `:`, which is for recording rules; a digit in front gets one
    /// before it.
    private static func legal(_ text: String) -> String {
        let bytes = text.utf8.prefix(maxNameBytes).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
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
