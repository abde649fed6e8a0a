/// The media ranges of an `Accept` header (RFC 9110, section 12.5.1), read as far as they make sense.
struct AcceptHeader {
    struct Range: Equatable {
        var type: String
        var version: String?
        /// From 0 to 1000.
        var quality = 1000
    }

    /// Bytes that are looked at; nobody's list of formats is longer.
    static let maxBytes = 4096

    private(set) var ranges: [Range] = []

    init(_ text: String) {
        let bytes = text.utf8.prefix(AcceptHeader.maxBytes)
        for part in AcceptHeader.split(Array(bytes), at: UInt8(ascii: ",")).prefix(64) {
            if let range = AcceptHeader.range(part) { ranges.append(range) }
        }
    }

    private static func range(_ text: String) -> Range? {
        let parts = split(Array(text.utf8), at: UInt8(ascii: ";"))
        guard let type = parts.first, type.utf8.contains(UInt8(ascii: "/")) else { return nil }
        var range = Range(type: type.lowercased())
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { trimmed($0) }
            guard pair.count == 2 else { continue }
            switch pair[0].lowercased() {
            case "q": range.quality = quality(pair[1])
            case "version": range.version = pair[1].trimmingQuotes
            default: break
            }
        }
        return range
    }

    /// A weight in thousandths; one that makes no sense counts as 0, so that its range is not chosen by accident.
    private static func quality(_ text: String) -> Int {
        guard let value = Double(text), value >= 0, value <= 1 else { return 0 }
        return Int((value * 1000).rounded())
    }

    /// Splits outside double quotes and trims the parts.
    private static func split(_ bytes: [UInt8], at separator: UInt8) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var isQuoted = false
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == separator, !isQuoted {
                parts.append(trimmed(Substring(decoding: part, as: UTF8.self)))
                part.removeAll(keepingCapacity: true)
            } else {
                part.append(byte)
            }
        }
        parts.append(trimmed(Substring(decoding: part, as: UTF8.self)))
        return parts
    }

    private static func trimmed(_ text: Substring) -> String {
        var view = text
        while let first = view.first, first == " " || first == "\t" { view.removeFirst() }
        while let last = view.last, last == " " || last == "\t" { view.removeLast() }
        return String(view)
    }
}

extension String {
    fileprivate var trimmingQuotes: String {
        count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
    }
}
