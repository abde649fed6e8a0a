import NIOCore

/// Answers a complete request on the event loop it came in on; nil means "not mine" (404).
///
/// The closure must not block the loop: what takes long runs elsewhere and completes the future.
public typealias LocalHandler = @Sendable (LocalRequest, any EventLoop) -> EventLoopFuture<LocalResponse>?
