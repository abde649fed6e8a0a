import CTLS
import Locking

/// The newest ticket of each server name. Tickets here are copies that no connection changes, and connections get
/// copies of their own: OpenSSL does not guard a ticket that two threads use.
final class TLSTicketStore: Sendable {
    /// Names beyond this many push others out, whichever.
    static let maxNames = 1024

    private let tickets = Locked<[String: TLSTicket]>([:])

    /// How many names have one.
    var count: Int { tickets.withLock { $0.count } }

    /// Keeps a copy of a ticket that a connection got.
    func keep(_ ticket: OpaquePointer, for name: String) {
        guard let copy = TLSTicket(copying: ticket) else { return }
        // What goes is freed outside the lock.
        let old = tickets.withLock { tickets in
            var gone = tickets.updateValue(copy, forKey: name)
            if tickets.count > TLSTicketStore.maxNames, let other = tickets.keys.first(where: { $0 != name }) {
                gone = tickets.removeValue(forKey: other)
            }
            return gone
        }
        withExtendedLifetime(old) {}
    }

    /// The newest ticket of a name.
    func ticket(for name: String) -> TLSTicket? { tickets.withLock { $0[name] } }

    /// Forgets a name's ticket, which a server choked on.
    func forget(_ name: String) {
        let old = tickets.withLock { $0.removeValue(forKey: name) }
        withExtendedLifetime(old) {}
    }
}
