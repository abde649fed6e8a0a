extension HTTP2Fault {
    /// For the log; constant text.
    var message: StaticString {
        switch self {
        case .preface: "the connection does not begin with HTTP/2's preface"
        case .settingsExpected: "the first frame is not SETTINGS"
        case .frameTooLarge: "a frame longer than SETTINGS_MAX_FRAME_SIZE"
        case .frameLength: "a frame of a length its type does not allow"
        case .streamZero: "a frame without a stream"
        case .streamNotZero: "a frame of the connection with a stream"
        case .padding: "padding longer than the frame"
        case .settingValue: "a setting out of its range"
        case .settingWindow: "SETTINGS_INITIAL_WINDOW_SIZE out of its range"
        case .continuationExpected: "a frame between a header block's frames"
        case .continuationUnexpected: "CONTINUATION without a header block"
        case .push: "PUSH_PROMISE although push is off"
        case .promisedStream: "PUSH_PROMISE with an illegal stream"
        case .streamIdle: "a frame on a stream that was never opened"
        case .streamIdentifier: "a stream identifier that may not be opened"
        case .streamClosed: "a frame on a closed stream"
        case .streamHalfClosed: "a frame behind END_STREAM"
        case .selfDependency: "a stream that depends on itself"
        case .windowIncrement: "WINDOW_UPDATE of 0"
        case .windowOverflow: "a flow-control window above 2^31-1"
        case .windowExceeded: "more data than the flow-control window"
        default: limitMessage ?? fieldMessage
        }
    }

    private var limitMessage: StaticString? {
        switch self {
        case .compression: "a header block that cannot be decoded"
        case .headerBlockTooLarge: "a header block far beyond the limit"
        case .continuationFlood: "too many CONTINUATION frames"
        case .settingsFlood: "too many SETTINGS"
        case .pingFlood: "too many PINGs"
        case .emptyFrameFlood: "too many frames without effect"
        case .resetFlood: "too many streams reset"
        case .replyFlood: "too many frames that demand an answer, and the answers are not read"
        case .interimFlood: "too many interim responses"
        case .streamRefused: "too many concurrent streams"
        default: nil
        }
    }

    private var fieldMessage: StaticString {
        switch self {
        case .pseudoMissing: "a pseudo-header field is missing"
        case .pseudoRepeated: "a repeated pseudo-header field"
        case .pseudoUnknown: "an unknown pseudo-header field"
        case .pseudoAfterField: "a pseudo-header field behind a regular one"
        case .pseudoInTrailers: "a pseudo-header field in the trailers"
        case .fieldName: "illegal byte in a field name"
        case .fieldValue: "illegal byte in a field value"
        case .connectionField: "a connection-specific field"
        case .teValue: "te may only be trailers"
        case .method: "malformed :method"
        case .scheme: "malformed :scheme"
        case .authority: "malformed or contradictory :authority and host"
        case .path: "malformed :path"
        case .connectForm: "CONNECT needs :authority and neither :scheme nor :path"
        case .status: "malformed :status"
        case .contentLength: "malformed or repeated content-length"
        case .bodyLength: "content-length does not match the data"
        case .trailerField: "a field that trailers may not hold"
        case .trailersWithoutEnd: "a second header block without END_STREAM"
        case .interimWithEnd: "an interim response with END_STREAM"
        case .dataBeforeHead: "DATA before the response's head"
        default: "a violation of HTTP/2"
        }
    }
}
