/// A violation of HTTP/1.1's message syntax, found by parsers that serve requests and responses alike.
///
/// RFC 9112 sections 2.2, 3, 5 and 7; where it lets a recipient choose, we refuse.
enum SyntaxFault: UInt8, Error, CaseIterable {
    case bareLineFeed
    case bareCarriageReturn
    case controlByte
    case fieldName
    case emptyFieldName
    case noColon
    case obsoleteFold
    case fieldTooLong
    case tooManyFields
    case headTooLong
    case duplicateSingleton
    case chunkSize
    case chunkSizeOverflow
    case chunkExtension
    case chunkExtensionTooLong
    case chunkDataEnd
    case trailerField
    case trailerTooLong
    case contentLength
    case duplicateContentLength
    case transferCoding
    case lengthWithTransferCoding
    case transferCodingInOldVersion

    var message: StaticString {
        switch self {
        case .bareLineFeed: "a line must end with CR LF"
        case .bareCarriageReturn: "CR without LF"
        case .controlByte: "control byte in the message head"
        case .fieldName: "illegal byte in a header name"
        case .emptyFieldName: "empty header name"
        case .noColon: "header line without a colon"
        case .obsoleteFold: "folded header line"
        case .fieldTooLong: "header line too long"
        case .tooManyFields: "too many header lines"
        case .headTooLong: "header section too large"
        case .duplicateSingleton: "header must not be repeated"
        case .chunkSize: "malformed chunk size"
        case .chunkSizeOverflow: "chunk size out of range"
        case .chunkExtension: "malformed chunk extension"
        case .chunkExtensionTooLong: "chunk extensions too long"
        case .chunkDataEnd: "chunk data does not end where its size says"
        case .trailerField: "malformed or forbidden trailer field"
        case .trailerTooLong: "trailer section too large"
        case .contentLength: "malformed Content-Length"
        case .duplicateContentLength: "repeated Content-Length"
        case .transferCoding: "the only Transfer-Encoding served is chunked"
        case .lengthWithTransferCoding: "Content-Length together with Transfer-Encoding"
        case .transferCodingInOldVersion: "Transfer-Encoding in HTTP/1.0"
        }
    }

    /// The error when a client sent it.
    var downstream: GatewayError {
        switch self {
        case .fieldTooLong, .tooManyFields, .headTooLong, .trailerTooLong:
            GatewayError(.headersTooLarge, .headersTooLarge, message)
        case .chunkSize, .chunkSizeOverflow, .chunkExtension, .chunkExtensionTooLong, .chunkDataEnd, .trailerField:
            GatewayError(.badRequest, .chunk, message)
        case .contentLength, .duplicateContentLength, .transferCoding, .lengthWithTransferCoding,
            .transferCodingInOldVersion:
            GatewayError(.badRequest, .framing, message)
        default:
            GatewayError(.badRequest, .header, message)
        }
    }

    /// The error when a cell's server sent it.
    var upstream: GatewayError {
        GatewayError(.upstreamProtocolError, .none, message, source: .upstream)
    }
}
