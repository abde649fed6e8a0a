/// Where a scrape goes: one connection, as closures that any thread may call, never two at the same time.
public struct ScrapeSink: Sendable {
    /// Takes the next piece, at most 64 KiB, valid during the call; what it throws ends this scraper's scrape only.
    ///
    /// While it waits for a slow peer, those who share the rendering wait too, so it must give up at the deadline.
    public let write: @Sendable (UnsafeRawBufferPointer) throws -> Void
    /// Called exactly once, after the last piece: with nil when the body is whole.
    ///
    /// After an error before the first piece answer 503; after a piece went out close the connection without the
    /// last chunk, so that the peer sees that the body is not whole.
    public let end: @Sendable ((any Error)?) -> Void

    /// Makes a sink.
    public init(
        write: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void,
        end: @escaping @Sendable ((any Error)?) -> Void
    ) {
        self.write = write
        self.end = end
    }
}

/// What became of a request for a scrape.
public enum ScrapeAdmission: Sendable {
    /// The caller must call ``ScrapeJob/run()`` on a thread that serves no requests.
    case run(ScrapeJob)
    /// Somebody else renders it; the sink is called from there.
    case joined
    /// Too many scrapes already: answer 503. The sink is not called.
    case refused
}
