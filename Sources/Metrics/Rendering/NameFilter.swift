import Exposition

/// The families that a scrape was asked for by `name[]`; without names, all of them.
///
/// As in client_golang a name is the exact name of a family. Names of samples (`x_bucket`), and of a counter the
/// name without `_total`, stand for their family.
struct NameFilter: Sendable, Hashable {
    /// Names that are looked at; the rest of a query is ignored.
    static let maxNames = 1000

    /// Nil when everything is wanted.
    private(set) var names: Set<String>?

    /// No restriction.
    static let everything = NameFilter(query: nil)

    /// Reads `name[]=a&name[]=b` in the encoding of HTML forms; other parameters are left alone.
    init(query: String?) {
        var found: Set<String> = []
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")).prefix(NameFilter.maxNames) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, NameFilter.decoded(parts[0]) == "name[]" else { continue }
            found.insert(NameFilter.decoded(parts[1]))
        }
        names = found.isEmpty ? nil : found
    }

    /// True when the family is wanted.
    func contains(_ descriptor: FamilyDescriptor) -> Bool {
        guard let names else { return true }
        return names.contains(descriptor.name) || descriptor.claimedNames.contains { names.contains($0) }
    }

    /// `%41` and `+` undone; a `%` that is not followed by two hexadecimal digits stays as it is.
    private static func decoded(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                if let value = hexadecimal(rest.prefix(2)) {
                    bytes.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    bytes.append(byte)
                }
            default:
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ digits: Substring.UTF8View) -> UInt8? {
        guard digits.count == 2 else { return nil }
        var value: UInt8 = 0
        for digit in digits {
            guard let number = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            value = value << 4 | UInt8(number)
        }
        return value
    }
}
