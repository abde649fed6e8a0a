import CSocket

/// What the kernel reports of a descriptor; bits of epoll_ctl(2).
enum PollEvents {
    static let readable = UInt32(gatehouse_readable)
    static let writable = UInt32(gatehouse_writable)
    /// The other side has ended its output.
    static let peerEnded = UInt32(gatehouse_peer_closed)
    /// Both sides have ended, or the connection broke.
    static let broken = UInt32(gatehouse_hung_up) | UInt32(gatehouse_error)
    static let edgeTriggered = gatehouse_edge_triggered()
}
