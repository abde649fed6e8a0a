import CTLS

/// Owns one `SSL_SESSION` that no connection uses.
///
/// It may be sent: it is only copied.
final class TLSTicket: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Nil without memory.
    init?(copying ticket: OpaquePointer) {
        guard let copy = gatehouse_tls_ticket_copy(ticket) else { return nil }
        pointer = copy
    }

    deinit { gatehouse_tls_ticket_free(pointer) }
}
