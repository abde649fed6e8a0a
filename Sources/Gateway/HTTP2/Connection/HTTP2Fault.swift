/// What a peer did against RFC 9113, RFC 7541 or our limits. Its reach, stream or connection, stands with the event or
/// the error that carries it.
enum HTTP2Fault: UInt8, Error, CaseIterable {
    // The connection.
    case preface
    case settingsExpected
    case frameTooLarge
    case frameLength
    case streamZero
    case streamNotZero
    case padding
    case settingValue
    case settingWindow
    case continuationExpected
    case continuationUnexpected
    case push
    case promisedStream
    case streamIdle
    case streamIdentifier
    case streamClosed
    case streamHalfClosed
    case selfDependency
    case windowIncrement
    case windowOverflow
    case windowExceeded
    case compression
    // Limits.
    case headerBlockTooLarge
    case continuationFlood
    case settingsFlood
    case pingFlood
    case emptyFrameFlood
    case resetFlood
    case replyFlood
    case interimFlood
    case streamRefused
    // Messages (RFC 9113 section 8).
    case pseudoMissing
    case pseudoRepeated
    case pseudoUnknown
    case pseudoAfterField
    case pseudoInTrailers
    case fieldName
    case fieldValue
    case connectionField
    case teValue
    case method
    case scheme
    case authority
    case path
    case connectForm
    case status
    case contentLength
    case bodyLength
    case trailerField
    case trailersWithoutEnd
    case interimWithEnd
    case dataBeforeHead

    /// What is sent in RST_STREAM or GOAWAY.
    var code: HTTP2ErrorCode {
        switch self {
        case .frameTooLarge, .frameLength: .frameSizeError
        case .settingWindow, .windowOverflow, .windowExceeded: .flowControlError
        case .streamClosed, .streamHalfClosed: .streamClosed
        case .compression: .compressionError
        case .headerBlockTooLarge, .continuationFlood, .settingsFlood, .pingFlood, .emptyFrameFlood, .resetFlood,
            .replyFlood, .interimFlood:
            .enhanceYourCalm
        case .streamRefused: .refusedStream
        default: .protocolError
        }
    }
}
