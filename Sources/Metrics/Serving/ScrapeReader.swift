/// One connection's scrape: takes the page piece by piece while it is rendered elsewhere.
///
/// Any thread, one at a time.
public final class ScrapeReader: @unchecked Sendable {
    /// What a connection can do now.
    public enum Step: Sendable {
        /// Send these bytes, at least one.
        case piece([UInt8])
        /// Nothing is there yet; the closure will be called.
        case wait
        /// The body is complete.
        case end
        /// The body will never be complete: close the connection so that the peer can tell.
        case failed(any Error)
    }

    /// Called once, on any thread, without a lock.
    public typealias Wake = @Sendable () -> Void

    /// The reader did not take what was there while others needed the room.
    public struct TooSlow: Error, CustomStringConvertible {
        /// What happened.
        public let description = "nothing of the page was taken for too long while others needed the memory"
    }

    /// What the headers of the answer must say.
    public let plan: ScrapePlan
    /// By the registry's clock.
    let deadline: UInt64
    private let feed: ScrapeFeed

    // From here on guarded by the feed's lock.

    private(set) var isOpen = true
    private(set) var heldBytes = 0
    private(set) var lastTakenNanos: UInt64
    var failure: (any Error)?
    private var isFinished = false
    /// `pieces[..<taken]` have gone out.
    private var pieces: [[UInt8]] = []
    private var taken = 0
    private var wake: Wake?

    /// Shorter pieces grow until they are taken: a compressor gives very short ones.
    private static let shortBytes = 32 << 10

    init(feed: ScrapeFeed, plan: ScrapePlan, now: UInt64, deadline: UInt64) {
        self.feed = feed
        self.plan = plan
        self.deadline = deadline
        lastTakenNanos = now
    }

    /// The next piece, or why there is none; with `.wait`, `wake` is called as soon as there may be another answer.
    ///
    /// Ask only when the client can take a piece: not asking is what keeps a slow client from costing more memory.
    public func next(orCall wake: @escaping Wake) -> Step { feed.next(self, orCall: wake) }

    /// Calls `body` as soon as the first bytes are there or it is known that there are none, perhaps at once; so that
    /// the status of the answer can still say that the scrape failed. Once, before the first ``next(orCall:)``.
    public func whenBegun(_ body: @escaping Wake) { feed.whenBegun(self, body) }

    /// The client has gone. What nobody reads is not rendered further.
    public func cancel() { feed.cancel(self) }

    // MARK: - Under the feed's lock

    func append(_ bytes: UnsafeRawBufferPointer, now: UInt64) {
        // Before, there was nothing to take.
        if heldBytes == 0 { lastTakenNanos = now }
        heldBytes += bytes.count
        if taken < pieces.count, pieces[pieces.count - 1].count + bytes.count <= Self.shortBytes {
            pieces[pieces.count - 1].append(contentsOf: bytes)
        } else {
            pieces.append([UInt8](bytes))
        }
    }

    func finish(_ error: (any Error)?) {
        isFinished = true
        failure = error
    }

    func takeWake() -> [Wake] {
        defer { wake = nil }
        return wake.map { [$0] } ?? []
    }

    func take(now: UInt64, orCall wake: @escaping Wake) -> Step {
        if taken < pieces.count {
            let piece = pieces[taken]
            pieces[taken] = []
            taken += 1
            if taken == pieces.count {
                pieces.removeAll(keepingCapacity: true)
                taken = 0
            }
            heldBytes -= piece.count
            lastTakenNanos = now
            return .piece(piece)
        }
        if let failure { return .failed(failure) }
        if isFinished { return .end }
        guard isOpen else { return .failed(TooSlow()) }
        self.wake = wake
        return .wait
    }

    func isBegun(orCall wake: @escaping Wake) -> Bool {
        if !isOpen || isFinished || heldBytes > 0 { return true }
        self.wake = wake
        return false
    }

    /// Forgets everything; returns the bytes that it held.
    func close() -> Int {
        isOpen = false
        // What is dropped now was the rest of a page that can no longer be whole.
        if heldBytes > 0 { isFinished = false }
        pieces = []
        taken = 0
        defer { heldBytes = 0 }
        return heldBytes
    }
}
