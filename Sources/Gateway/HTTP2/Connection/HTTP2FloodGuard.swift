/// Counts what costs us more than the peer: frames without effect and resets (RFC 9113 section 10.5).
struct HTTP2FloodGuard {
    private static let secondNanos: UInt64 = 1_000_000_000
    /// Frames without effect that go with each stream opened and each DATA frame sent: WINDOW_UPDATE for the stream and
    /// for the connection, or RST_STREAM that crossed the end.
    private static let freeFrames = 2
    private static let mostFreeFrames = 100_000

    private var settings = HTTP2RateWindow()
    private var pings = HTTP2RateWindow()
    private var empties = HTTP2RateWindow()
    private var resets = HTTP2RateWindow()
    private var free = 0
    private let limits: HTTP2Limits
    var nowNanos: UInt64 = 0

    init(limits: HTTP2Limits) { self.limits = limits }

    mutating func settingsFrame(count: Int) throws(HTTP2Failure) {
        let isAdmitted = settings.admit(
            limit: limits.settingsFramesPerSecond, spanNanos: Self.secondNanos, nowNanos: nowNanos)
        guard isAdmitted, count <= limits.settingsPerFrame else { throw HTTP2Failure(.settingsFlood) }
    }

    mutating func ping() throws(HTTP2Failure) {
        guard pings.admit(limit: limits.pingFramesPerSecond, spanNanos: Self.secondNanos, nowNanos: nowNanos)
        else { throw HTTP2Failure(.pingFlood) }
    }

    /// A frame without effect.
    mutating func emptyFrame() throws(HTTP2Failure) {
        if free > 0 {
            free -= 1
            return
        }
        guard empties.admit(limit: limits.emptyFramesPerSecond, spanNanos: Self.secondNanos, nowNanos: nowNanos)
        else { throw HTTP2Failure(.emptyFrameFlood) }
    }

    /// A stream was opened or a DATA frame sent.
    @inline(__always)
    mutating func earn() {
        free = min(free &+ Self.freeFrames, Self.mostFreeFrames)
    }

    /// The peer reset a stream (CVE-2023-44487).
    mutating func resetByPeer(openedNanos: UInt64) throws(HTTP2Failure) {
        if nowNanos &- openedNanos < limits.earlyResetNanos { try reset() }
    }

    /// The peer made us reset a stream (CVE-2025-8671), or reset it itself too soon.
    mutating func reset() throws(HTTP2Failure) {
        guard resets.admit(limit: limits.resetsPerWindow, spanNanos: limits.resetWindowNanos, nowNanos: nowNanos)
        else { throw HTTP2Failure(.resetFlood) }
    }
}
