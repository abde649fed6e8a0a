extension CheckpointCodec {
    static func spools(_ spools: [String: SpoolHead]) -> String {
        var text = ""
        for (name, spool) in spools.sorted(by: { $0.key < $1.key }) {
            text += "spool \(hex(spool.incarnation)) \(numbers(spool.head)) \(numbers(spool.end)) \(escape(name))\n"
            for gap in spool.gaps { text += "gap \(numbers(gap.start)) \(numbers(gap.end))\n" }
        }
        return text
    }

    private static func numbers(_ mark: SpoolMark) -> String { "\(mark.lines) \(mark.bytes)" }

    static func spoolHead(_ words: [String]) -> (String, SpoolHead)? {
        guard let incarnation = UInt64(words[1], radix: 16), let head = mark(words[2], words[3]),
            let end = mark(words[4], words[5]), head <= end, let name = unescape(words[6])
        else { return nil }
        return (name, SpoolHead(incarnation: incarnation, head: head, end: end))
    }

    static func gap(_ words: [String]) -> SpoolGaps.Gap? {
        guard let start = mark(words[1], words[2]), let end = mark(words[3], words[4]), start < end else { return nil }
        return SpoolGaps.Gap(start: start, end: end)
    }

    private static func mark(_ lines: String, _ bytes: String) -> SpoolMark? {
        guard let lines = UInt64(lines), let bytes = UInt64(bytes) else { return nil }
        return SpoolMark(lines: lines, bytes: bytes)
    }
}
