/// Finds documents that the YAML library could not finish: it compares keys by all that they hold, so a few lines of
/// anchors that name each other, used as a key, would keep it busy for ever.
///
/// Aliases outside of keys are harmless here; the builder of our tree counts what they multiply to.
enum AliasKeys {
    /// To how many nodes the aliases of a document may multiply where a key may hold one.
    private static let mostNodes = 1_000_000

    /// The 1-based line of the first key that may hold aliases, in a document whose aliases may multiply without
    /// bound; nil where either is missing, which is every file that a person wrote.
    static func danger(in text: String) -> Int? {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.contains(UInt8(ascii: "&")), bytes.contains(UInt8(ascii: "*")) else { return nil }
            return mayMultiply(bytes) ? firstComplexKey(bytes) : nil
        }
    }

    /// What precedes an alias is multiplied by at most the aliases between two anchors and one, because an alias
    /// names something before it.
    private static func mayMultiply(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var nodes = 1
        var aliases = 0
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "*"), beginsName(bytes, index) { aliases += 1 }
            guard byte == UInt8(ascii: "&"), beginsName(bytes, index) else { continue }
            let (product, overflow) = nodes.multipliedReportingOverflow(by: aliases + 1)
            if overflow || product > mostNodes { return true }
            nodes = product
            aliases = 0
        }
        return nodes.multipliedReportingOverflow(by: aliases + 1).partialValue > mostNodes
    }

    /// `? …`, `*alias :`, and a colon behind a bracket: some of these are only text, but few files have them and so
    /// many anchors.
    private static func firstComplexKey(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var line = 1
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "?"):
                if index + 1 == bytes.count || bytes[index + 1] <= UInt8(ascii: " ") { return line }
            case UInt8(ascii: ":"):
                let last = bytes[..<index].last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
                if last == UInt8(ascii: "]") || last == UInt8(ascii: "}") { return line }
                let word = bytes[..<index].suffix(200).split { $0 <= UInt8(ascii: " ") }.last
                if word?.contains(UInt8(ascii: "*")) == true { return line }
            default: break
            }
        }
        return nil
    }

    private static func beginsName(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index + 1] > UInt8(ascii: " ")
    }
}
