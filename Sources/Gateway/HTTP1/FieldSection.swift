/// The header lines of a message, read incrementally from one buffer that begins with the message.
struct FieldSection {
    private(set) var lines: [FieldLine] = []
    /// Names that occurred, by `FieldName.bit`.
    private(set) var seen: UInt64 = 0
    /// `Connection` names something besides `close`, `keep-alive`, `te` and `upgrade`.
    private(set) var connectionNamesFields = false
    private(set) var connectionClose = false
    private(set) var connectionKeepAlive = false
    private(set) var connectionUpgrade = false
    private(set) var contentLengthFields = 0
    private(set) var transferEncodingFields = 0

    init() { lines.reserveCapacity(24) }

    mutating func reset() {
        lines.removeAll(keepingCapacity: true)
        seen = 0
        connectionNamesFields = false
        connectionClose = false
        connectionKeepAlive = false
        connectionUpgrade = false
        contentLengthFields = 0
        transferEncodingFields = 0
    }

    @inline(__always)
    func has(_ name: FieldName) -> Bool { seen & name.bit != 0 }

    /// The first line of that name.
    func first(_ name: FieldName) -> FieldLine? {
        guard has(name) else { return nil }
        return lines.first { $0.known == name }
    }

    func count(_ name: FieldName) -> Int {
        guard has(name) else { return 0 }
        return lines.reduce(0) { $0 + ($1.known == name ? 1 : 0) }
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
        case .contentLength: contentLengthFields += 1
        case .transferEncoding: transferEncodingFields += 1
        case .contentType where has(.contentType): throw .duplicateSingleton
        case .connection: noteConnection(line.value, bytes)
        default: break
        }
        seen |= line.known.bit
    }

    private mutating func noteConnection(_ value: ByteSlice, _ bytes: Span<UInt8>) {
        var tokens = TokenList(value)
        while let token = tokens.next(bytes) {
            if bytes.equals(token, "close") {
                connectionClose = true
            } else if bytes.equals(token, "keep-alive") {
                connectionKeepAlive = true
            } else if bytes.equals(token, "upgrade") {
                connectionUpgrade = true
            } else if !bytes.equals(token, "te") {
                connectionNamesFields = true
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
        seen |= name.bit
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
