/// What a connection tells its caller. Fields of a header section are in ``HTTP2Connection/headers`` until the next
/// call of `receive`.
enum HTTP2Event: Equatable {
    /// A request's head, or a response's final one.
    case head(stream: UInt32, endStream: Bool)
    /// A 1xx response (RFC 9113 section 8.1); the client role only.
    case interim(stream: UInt32)
    /// A trailer section; the peer's side of the stream ends with it.
    case trailers(stream: UInt32)
    /// A header section beyond the limits. The stream is open: answer 431, or reset it.
    case headersTooLarge(stream: UInt32, endStream: Bool)
    /// A piece of the body, as a range of the bytes given. Tell `consumed` when it is used.
    case data(stream: UInt32, range: Range<Int>, endStream: Bool)
    /// The peer reset the stream.
    case streamReset(stream: UInt32, code: HTTP2ErrorCode)
    /// The stream violated the protocol or a limit and RST_STREAM is queued. The caller may not know it yet.
    case streamFailed(stream: UInt32, fault: HTTP2Fault)
    /// A stream may send again.
    case streamWindowOpened(stream: UInt32)
    /// The connection may send again: try every stream that has something.
    case connectionWindowOpened
    /// The peer's settings: windows and the number of streams may have changed, try as above.
    case settingsChanged
    /// The peer has our settings.
    case settingsAcknowledged
    case pingAcknowledged(UInt64)
    /// No streams above `lastStream` were or will be served; ours above it are gone and safe to try elsewhere.
    case goAway(lastStream: UInt32, code: HTTP2ErrorCode)
}
