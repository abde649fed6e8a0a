/// Takes the chunked transfer coding apart (RFC 9112 section 7.1), strictly: CR LF only, no white space, extensions
/// by the grammar and bounded, trailers bounded.
///
/// Hot path: benchmark `gateway`. It copies nothing but trailers.
struct ChunkedDecoder {
    private enum State: UInt8 {
        case firstDigit
        case digits
        case extensionName
        case extensionNameMore
        case extensionValue
        case extensionToken
        case extensionQuoted
        case extensionEscape
        case extensionAfterQuoted
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailerStart
        case trailerLine
        case finalLineFeed
        case complete
    }

    /// Of all extensions of a body together.
    static let extensionLimit = 16_384
    static let extensionLimitOfOne = 1_024

    private var state = State.firstDigit
    private var digits: UInt8 = 0
    private var remaining = 0
    private var extensionBytes = 0
    private var extensionBytesOfOne = 0
    /// The trailer section's lines with their ends, without the empty line.
    private(set) var trailer: [UInt8] = []
    private var trailerLineStart = 0
    private let trailerLimit: Int

    init(trailerLimit: Int) { self.trailerLimit = trailerLimit }

    /// The last chunk and the trailer section have been read.
    var isComplete: Bool { state == .complete }

    /// The next piece of the body at or after `at`, which moves behind it; nil when the bytes are used up or the body
    /// is complete.
    mutating func next(_ bytes: Span<UInt8>, at: inout Int) throws(SyntaxFault) -> Range<Int>? {
        while at < bytes.count, state != .complete {
            if state == .data {
                let count = min(remaining, bytes.count - at)
                let range = at..<(at + count)
                at += count
                remaining -= count
                if remaining == 0 { state = .dataCarriageReturn }
                return range
            }
            let byte = bytes[at]
            at += 1
            try step(byte)
        }
        return nil
    }

    private mutating func step(_ byte: UInt8) throws(SyntaxFault) {
        switch state {
        case .firstDigit, .digits: try size(byte)
        case .sizeLineFeed:
            guard byte == 0x0A else { throw .chunkSize }
            state = remaining == 0 ? .trailerStart : .data
        case .dataCarriageReturn:
            guard byte == 0x0D else { throw .chunkDataEnd }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0A else { throw .chunkDataEnd }
            state = .firstDigit
            digits = 0
            extensionBytesOfOne = 0
        case .trailerStart where byte == 0x0D: state = .finalLineFeed
        case .trailerStart, .trailerLine: try trailerByte(byte)
        case .finalLineFeed:
            guard byte == 0x0A else { throw .bareCarriageReturn }
            state = .complete
        case .data, .complete: break
        default: try extensionByte(byte)
        }
    }

    private mutating func size(_ byte: UInt8) throws(SyntaxFault) {
        if let value = ByteClass.hexValue(byte) {
            guard digits < 16, remaining <= Int.max >> 4 else { throw .chunkSizeOverflow }
            remaining = remaining << 4 | Int(value)
            digits += 1
            state = .digits
            return
        }
        guard state == .digits else { throw .chunkSize }
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case 0x3B: state = .extensionName
        default: throw .chunkSize
        }
    }

    /// `;name`, `;name=token` or `;name="quoted"`, repeated.
    private mutating func extensionByte(_ byte: UInt8) throws(SyntaxFault) {
        extensionBytes += 1
        extensionBytesOfOne += 1
        guard extensionBytes <= Self.extensionLimit, extensionBytesOfOne <= Self.extensionLimitOfOne else {
            throw .chunkExtensionTooLong
        }
        switch (state, byte) {
        case (.extensionQuoted, 0x22): state = .extensionAfterQuoted
        case (.extensionQuoted, 0x5C): state = .extensionEscape
        case (.extensionQuoted, _), (.extensionEscape, _):
            guard ByteClass.isFieldValue(byte) else { throw .chunkExtension }
            state = .extensionQuoted
        case (.extensionNameMore, 0x3D): state = .extensionValue
        case (.extensionValue, 0x22): state = .extensionQuoted
        case (.extensionNameMore, 0x3B), (.extensionToken, 0x3B), (.extensionAfterQuoted, 0x3B):
            state = .extensionName
        case (.extensionNameMore, 0x0D), (.extensionToken, 0x0D), (.extensionAfterQuoted, 0x0D):
            state = .sizeLineFeed
        case (.extensionName, _), (.extensionNameMore, _):
            guard ByteClass.isToken(byte) else { throw .chunkExtension }
            state = .extensionNameMore
        case (.extensionValue, _), (.extensionToken, _):
            guard ByteClass.isToken(byte) else { throw .chunkExtension }
            state = .extensionToken
        default: throw .chunkExtension
        }
    }

    private mutating func trailerByte(_ byte: UInt8) throws(SyntaxFault) {
        guard trailer.count < trailerLimit else { throw .trailerTooLong }
        trailer.append(byte)
        state = .trailerLine
        guard byte == 0x0A else { return }
        let isEnd = trailer.count - trailerLineStart == 2 && trailer[trailerLineStart] == 0x0D
        if isEnd {
            trailer.removeLast(2)
            state = .complete
            return
        }
        guard case .line(let line, _) = try FieldLine.read(trailer.span, trailerLineStart),
            !line.known.isForbiddenInTrailer
        else { throw .trailerField }
        trailerLineStart = trailer.count
    }
}
