import NIOCore

/// What a listener answers itself.
public struct LocalHandler: Sendable {
    /// Whether a path (percent-encoded, without the query) is one of its own; asked before the body is read, so that
    /// an unknown path is 404 whatever comes with it.
    public var serves: @Sendable (_ path: String) -> Bool
    /// Answers a complete request on the event loop it came in on; nil is a 404, too.
    ///
    /// The closure must not block the loop: what takes long runs elsewhere and completes the future.
    public var answer: @Sendable (LocalRequest, any EventLoop) -> EventLoopFuture<LocalResponse>?

    /// Serves every path for which `serves` says yes.
    public init(
        serves: @escaping @Sendable (_ path: String) -> Bool,
        answer: @escaping @Sendable (LocalRequest, any EventLoop) -> EventLoopFuture<LocalResponse>?
    ) {
        self.serves = serves
        self.answer = answer
    }

    /// Serves nothing.
    public static let none = LocalHandler(serves: { _ in false }, answer: { _, _ in nil })
}
