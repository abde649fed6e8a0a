/// One header or trailer line.
struct FieldLine: Equatable {
    var name = ByteSlice()
    var value = ByteSlice()
    var known = FieldName.other
}

/// What stands at a place in a header section.
enum FieldLineResult {
    /// The line is not complete yet.
    case incomplete
    /// The empty line; the section ends before `next`.
    case end(next: Int)
    case line(FieldLine, next: Int)
}

extension FieldLine {
    /// Reads the line that begins at `start` (RFC 9112 section 5, without obsolete folds and bare line ends).
    static func read(_ bytes: Span<UInt8>, _ start: Int) throws(SyntaxFault) -> FieldLineResult {
        let end = bytes.count
        guard start < end else { return .incomplete }
        var underscored = false
        var at = ByteScan.endOfToken(bytes, start, &underscored)
        guard at < end else { return .incomplete }
        guard bytes[at] == 0x3A else { return try notAName(bytes, start, at) }
        if at == start { throw .emptyFieldName }
        let name = ByteSlice(start, at)
        at += 1
        while at < end, ByteClass.isSpace(bytes[at]) { at += 1 }
        let valueStart = at
        at = ByteScan.endOfFieldValue(bytes, at)
        guard at < end else { return .incomplete }
        var valueEnd = at
        while valueEnd > valueStart, ByteClass.isSpace(bytes[valueEnd - 1]) { valueEnd -= 1 }
        guard let next = try lineEnd(bytes, at) else { return .incomplete }
        let known = underscored ? FieldName.underscored : FieldName.classify(bytes, name)
        return .line(FieldLine(name: name, value: ByteSlice(valueStart, valueEnd), known: known), next: next)
    }

    /// The offset after CR LF at `at`, nil when the LF has not come yet.
    @inline(__always)
    private static func lineEnd(_ bytes: Span<UInt8>, _ at: Int) throws(SyntaxFault) -> Int? {
        switch bytes[at] {
        case 0x0D:
            guard at + 1 < bytes.count else { return nil }
            if bytes[at + 1] != 0x0A { throw .bareCarriageReturn }
            return at + 2
        case 0x0A: throw .bareLineFeed
        default: throw .controlByte
        }
    }

    /// The line does not go on with a colon: the end of the section, or a fault.
    private static func notAName(
        _ bytes: Span<UInt8>, _ start: Int, _ at: Int
    ) throws(SyntaxFault) -> FieldLineResult {
        switch bytes[at] {
        case 0x0D where at == start:
            guard at + 1 < bytes.count else { return .incomplete }
            if bytes[at + 1] != 0x0A { throw .bareCarriageReturn }
            return .end(next: at + 2)
        case 0x0A where at == start: throw .bareLineFeed
        case 0x20 where at == start, 0x09 where at == start: throw .obsoleteFold
        case 0x0D, 0x0A: throw .noColon
        default: throw .fieldName
        }
    }
}
