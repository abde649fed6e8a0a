/// How much a peer may still send, and what is owed to it (RFC 9113 section 6.9).
struct HTTP2ReceiveWindow: Equatable {
    /// Signed: a smaller SETTINGS_INITIAL_WINDOW_SIZE may put it below 0 (section 6.9.2).
    private(set) var remaining: Int
    /// Used up by the caller and not announced yet.
    private(set) var owed = 0
    /// What it is when nothing is on its way.
    private(set) var target: Int

    init(target: Int, remaining: Int) {
        self.target = target
        self.remaining = remaining
    }

    /// False when the peer sends more than it may.
    @inline(__always)
    mutating func take(_ count: Int) -> Bool {
        guard count <= remaining else { return false }
        remaining &-= count
        return true
    }

    /// Notes used-up bytes; gives the increment to announce, 0 while less than half the window is owed.
    @inline(__always)
    mutating func credit(_ count: Int) -> Int {
        owed &+= count
        guard owed > 0, owed >= target / 2 else { return 0 }
        let increment = owed
        owed = 0
        remaining &+= increment
        return increment
    }

    /// Moves the window with an acknowledged SETTINGS_INITIAL_WINDOW_SIZE.
    mutating func shift(_ delta: Int) { remaining += delta }
}
