/// A body that is made while it is sent, at the pace at which the client reads.
///
/// The connection asks for one piece after another, always from its event loop and only while the client takes them, so
/// what a slow client costs is bounded by what the stream itself keeps.
public protocol LocalBodyStream: Sendable {
    /// What can be sent now. Must not block; not called again after `.end` and `.failed`.
    ///
    /// With `.wait`, the stream calls `wake` once, on any thread, as soon as there may be something else.
    func next(orCall wake: @escaping @Sendable () -> Void) -> LocalBodyStep

    /// The client has gone, or wants no body; not followed by ``next(orCall:)``.
    func cancel()
}

/// What a connection can do for a streamed body.
public enum LocalBodyStep: Sendable {
    /// Send these bytes, at least one.
    case piece([UInt8])
    /// Nothing is there yet.
    case wait
    /// The body is complete.
    case end
    /// It will never be complete: the connection is closed so that the client can tell.
    case failed
}
