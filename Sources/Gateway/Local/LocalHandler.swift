/// What a listener answers itself.
public struct LocalHandler: Sendable {
    /// Takes the one answer to a request, on any thread.
    public typealias Reply = @Sendable (LocalResponse) -> Void

    /// Whether a path (percent-encoded, without the query) is one of its own; asked before the body is read, so that
    /// an unknown path is 404 whatever comes with it.
    public var serves: @Sendable (_ path: String) -> Bool
    /// Whether the body of a request with this head is worth reading: what is refused in any case is answered without.
    public var wantsBody: @Sendable (LocalRequest) -> Bool
    /// Answers a complete request through the reply, at once or later; false, without a reply, is a 404, too.
    ///
    /// It is called on an event loop and must not block: what takes long runs elsewhere.
    public var answer: @Sendable (LocalRequest, @escaping Reply) -> Bool

    /// Serves every path for which `serves` says yes; reads all bodies unless told otherwise.
    public init(
        serves: @escaping @Sendable (_ path: String) -> Bool,
        wantsBody: @escaping @Sendable (LocalRequest) -> Bool = { _ in true },
        answer: @escaping @Sendable (LocalRequest, @escaping Reply) -> Bool
    ) {
        self.serves = serves
        self.wantsBody = wantsBody
        self.answer = answer
    }

    /// Serves nothing.
    public static let none = LocalHandler(serves: { _ in false }, answer: { _, _ in false })
}
