/// The header lines of a message, read incrementally from one buffer that begins with the message.
///
/// It cannot be copied, like the heads and parsers that hold it: whoever looks at the lines borrows them, and no count
/// of references moves. Hot path: benchmark `gateway`.
struct FieldSection: ~Copyable {
    private(set) var lines: [FieldLine] = []
    private var summary = Summary()

    /// What the lines say together.
    private struct Summary {
        var seen: UInt64 = 0
        var connectionNamesFields = false
        var connectionClose = false
        var connectionKeepAlive = false
        var connectionUpgrade = false
        var contentLengthFields = 0
        var transferEncodingFields = 0
    }

    init() { lines.reserveCapacity(24) }

    mutating func reset() {
        lines.removeAll(keepingCapacity: true)
        summary = Summary()
    }

    func copy() -> FieldSection {
        var copy = FieldSection()
        copy.lines = lines
        copy.summary = summary
        return copy
    }

    /// Names that occurred, by `FieldName.bit`.
    var seen: UInt64 { summary.seen }
    /// `Connection` names something besides `close`, `keep-alive`, `te` and `upgrade`.
    var connectionNamesFields: Bool { summary.connectionNamesFields }
    var connectionClose: Bool { summary.connectionClose }
    var connectionKeepAlive: Bool { summary.connectionKeepAlive }
    var connectionUpgrade: Bool { summary.connectionUpgrade }
    var contentLengthFields: Int { summary.contentLengthFields }
    var transferEncodingFields: Int { summary.transferEncodingFields }

    @inline(__always)
    func has(_ name: FieldName) -> Bool { seen & name.bit != 0 }

    /// Each line, in order. A loop over ``lines`` would hold the array for its time.
    @inline(__always)
    func forEach(_ body: (FieldLine) -> Void) {
        let lines = lines.span
        for index in lines.indices { body(lines[index]) }
    }

    /// The first line of that name.
    func first(_ name: FieldName) -> FieldLine? {
        guard has(name) else { return nil }
        let lines = lines.span
        for index in lines.indices where lines[index].known == name { return lines[index] }
        return nil
    }

    func count(_ name: FieldName) -> Int {
        guard has(name) else { return 0 }
        var count = 0
        forEach { if $0.known == name { count += 1 } }
        return count
    }

    /// Adds a line; refuses repeated singletons.
    @inline(__always)
    mutating func append(_ line: FieldLine, _ bytes: Span<UInt8>, limit: Int) throws(SyntaxFault) {
        guard lines.count < limit else { throw .tooManyFields }
        lines.append(line)
        guard line.known != .other else { return }
        try note(line, bytes)
    }

    private mutating func note(_ line: FieldLine, _ bytes: Span<UInt8>) throws(SyntaxFault) {
        switch line.known {
        case .contentLength: summary.contentLengthFields += 1
        case .transferEncoding: summary.transferEncodingFields += 1
        case .contentType where has(.contentType): throw .duplicateSingleton
        case .connection: noteConnection(line.value, bytes)
        default: break
        }
        summary.seen |= line.known.bit
    }

    private mutating func noteConnection(_ value: ByteSlice, _ bytes: Span<UInt8>) {
        var tokens = TokenList(value)
        while let token = tokens.next(bytes) {
            if bytes.equals(token, "close") {
                summary.connectionClose = true
            } else if bytes.equals(token, "keep-alive") {
                summary.connectionKeepAlive = true
            } else if bytes.equals(token, "upgrade") {
                summary.connectionUpgrade = true
            } else if !bytes.equals(token, "te") {
                summary.connectionNamesFields = true
            }
        }
    }

    /// Whether `Connection` names this field, so that it ends at this hop.
    func isNamedByConnection(_ name: ByteSlice, _ bytes: Span<UInt8>) -> Bool {
        guard connectionNamesFields else { return false }
        for line in lines where line.known == .connection {
            var tokens = TokenList(line.value)
            while let token = tokens.next(bytes) {
                if bytes.equalsFolded(token, name) { return true }
            }
        }
        return false
    }

    /// Replaces how a line is known; for the configured tenant header.
    mutating func reclassifyLast(as name: FieldName) {
        guard !lines.isEmpty else { return }
        lines[lines.count - 1].known = name
        summary.seen |= name.bit
    }
}

/// The comma-separated elements of a list field, without spaces; empty ones are skipped.
struct TokenList {
    private var at: Int
    private let end: Int

    init(_ slice: ByteSlice) {
        at = slice.lower
        end = slice.upper
    }

    mutating func next(_ bytes: Span<UInt8>) -> ByteSlice? {
        while at < end {
            let start = at
            while at < end, bytes[at] != 0x2C { at += 1 }
            let token = bytes.trimmed(start, at)
            at += 1
            if !token.isEmpty { return token }
        }
        return nil
    }
}
