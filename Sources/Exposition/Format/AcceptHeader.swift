/// The media ranges of an `Accept` header (RFC 9110, section 12.5.1), read as far as they make sense.
struct AcceptHeader {
    struct Range: Equatable {
        var type: String
        /// Names in lower case; the first of a name counts.
        var parameters: [String: String] = [:]
        /// From 0 to 1000.
        var quality = 1000

        subscript(name: String) -> String? { parameters[name] }
    }

    /// Bytes that are looked at; nobody's list of formats is longer.
    static let maxBytes = 4096

    private(set) var ranges: [Range] = []

    init(_ text: String) {
        for part in AcceptHeader.parts(text) {
            if let range = AcceptHeader.range(part) { ranges.append(range) }
        }
    }

    /// The items of a header like `Accept-Encoding`, in lower case with their weights in thousandths.
    static func weightedTokens(_ text: String) -> [(token: String, quality: Int)] {
        parts(text).compactMap { part in
            let item = item(part)
            return item.name.isEmpty ? nil : (item.name, item.quality)
        }
    }

    private static func parts(_ text: String) -> ArraySlice<String> {
        split(Array(text.utf8.prefix(maxBytes)), at: UInt8(ascii: ",")).prefix(64)
    }

    /// One media type with its parameters, or nil when the text is none.
    static func range(_ text: String) -> Range? {
        let (name, parameters, quality) = item(text)
        guard name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        return Range(type: name, parameters: parameters, quality: quality)
    }

    private static func item(_ text: String) -> (name: String, parameters: [String: String], quality: Int) {
        let parts = split(Array(text.utf8), at: UInt8(ascii: ";"))
        var parameters: [String: String] = [:]
        var weight = 1000
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { trimmed($0) }
            guard pair.count == 2 else { continue }
            let name = pair[0].lowercased()
            if name == "q" {
                weight = quality(pair[1])
            } else if parameters[name] == nil {
                parameters[name] = pair[1].trimmingQuotes
            }
        }
        return (parts.first?.lowercased() ?? "", parameters, weight)
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
