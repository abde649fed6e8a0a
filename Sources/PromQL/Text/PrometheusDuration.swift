import TimeSeries

/// Why a text isn't a Prometheus duration.
public struct DurationError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, in Prometheus's words.
    public let description: String
}

private let durationUnits: [(name: String, millis: Int64)] = [
    ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ("ms", 1),
]

/// Reads `1h30m`, `500ms` or `0`: units from the largest to the smallest, each at most once.
///
/// - Returns: milliseconds, not negative.
public func parsePrometheusDuration(_ text: String) throws(DurationError) -> Int64 {
    let bytes = Array(text.utf8)
    if bytes == [UInt8(ascii: "0")] { return 0 }
    if bytes.isEmpty { throw DurationError(description: "empty duration string") }
    var place = 0
    var total: Int64 = 0
    var nextUnit = 0
    while place < bytes.count {
        let digits = place
        var amount: Int64 = 0
        var overflow = false
        while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
            let shifted = amount.multipliedReportingOverflow(by: 10)
            let added = shifted.partialValue.addingReportingOverflow(Int64(bytes[place] - UInt8(ascii: "0")))
            overflow = overflow || shifted.overflow || added.overflow
            amount = added.partialValue
            place += 1
        }
        let unitStart = place
        while place < bytes.count, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) { place += 1 }
        let unit = String(decoding: bytes[unitStart..<place], as: UTF8.self)
        let index = durationUnits.firstIndex { $0.name == unit }
        guard unitStart > digits, let index, index >= nextUnit else {
            throw DurationError(description: "not a valid duration string: \(Labels.quoted(text))")
        }
        nextUnit = index + 1
        let scaled = amount.multipliedReportingOverflow(by: durationUnits[index].millis)
        let sum = total.addingReportingOverflow(scaled.partialValue)
        if overflow || scaled.overflow || sum.overflow || sum.partialValue > Int64.max / 1_000_000 {
            throw DurationError(description: "duration out of range")
        }
        total = sum.partialValue
    }
    return total
}

/// Writes milliseconds as Prometheus does: `1h30m`, `500ms`, `0s`; weeks and years only when they come out even.
public func formatPrometheusDuration(_ millis: Int64) -> String {
    if millis == 0 { return "0s" }
    var rest = millis.magnitude
    var out = millis < 0 ? "-" : ""
    for (name, unit) in durationUnits {
        let size = UInt64(unit)
        if name == "y" || name == "w", rest % size != 0 { continue }
        let amount = rest / size
        if amount > 0 {
            out += "\(amount)\(name)"
            rest -= amount * size
        }
    }
    return out
}
