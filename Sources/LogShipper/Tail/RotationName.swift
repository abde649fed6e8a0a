/// What log rotation makes of a file's name: `app.log` becomes `app.log.1`, `app.log-20260102`, `app.log.2.gz`.
enum RotationName {
    /// The name without what rotation appended: numbers, dates, `gz`, `old` and `bak`, each behind `.`, `-` or `_`.
    static func stem(_ path: String) -> Substring {
        var stem = path[...]
        while let cut = stem.utf8.lastIndex(where: { ".-_/".utf8.contains($0) }), stem.utf8[cut] != UInt8(ascii: "/"),
            isAppended(stem.utf8[stem.utf8.index(after: cut)...]), !isNameStart(stem.utf8[..<cut])
        {
            stem = stem[..<cut]
        }
        return stem
    }

    /// Whether the first name may be that of a copy, compressed or not, of a file that has or had the second.
    static func isCopy(_ path: String, of original: String) -> Bool {
        let stem = stem(path)
        return stem.utf8.count < path.utf8.count && stem == RotationName.stem(original)
    }

    private static func isAppended(_ part: Substring.UTF8View) -> Bool {
        if part.elementsEqual("gz".utf8) || part.elementsEqual("old".utf8) || part.elementsEqual("bak".utf8) {
            return true
        }
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        return part.contains(where: isDigit) && part.allSatisfy { isDigit($0) || "TZ:".utf8.contains($0) }
    }

    /// A name must not become empty.
    private static func isNameStart(_ rest: Substring.UTF8View) -> Bool {
        rest.isEmpty || rest.last == UInt8(ascii: "/")
    }
}
