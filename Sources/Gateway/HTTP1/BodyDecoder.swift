/// Takes a body out of a connection's bytes, whatever its framing.
struct BodyDecoder {
    private enum Kind {
        case complete
        case length(Int)
        case chunked
        case untilClose
    }

    private var kind: Kind
    private(set) var chunks: ChunkedDecoder

    init(_ framing: BodyFraming, trailerLimit: Int) {
        chunks = ChunkedDecoder(trailerLimit: trailerLimit)
        switch framing {
        case .none, .length(0): kind = .complete
        case .length(let length): kind = .length(length)
        case .chunked: kind = .chunked
        case .untilClose: kind = .untilClose
        }
    }

    /// Nothing of the body is left to come.
    var isComplete: Bool {
        if case .complete = kind { return true }
        return false
    }

    /// The body ends with the connection.
    var endsWithConnection: Bool {
        if case .untilClose = kind { return true }
        return false
    }

    /// The next piece at or after `at`, which moves behind it; nil when the bytes are used up or the body is complete.
    mutating func next(_ bytes: Span<UInt8>, at: inout Int) throws(SyntaxFault) -> Range<Int>? {
        switch kind {
        case .complete: return nil
        case .length(let left):
            let count = min(left, bytes.count - at)
            guard count > 0 else { return nil }
            kind = count == left ? .complete : .length(left - count)
            at += count
            return (at - count)..<at
        case .untilClose:
            guard at < bytes.count else { return nil }
            let range = at..<bytes.count
            at = bytes.count
            return range
        case .chunked:
            let range = try chunks.next(bytes, at: &at)
            if chunks.isComplete { kind = .complete }
            return range
        }
    }
}
