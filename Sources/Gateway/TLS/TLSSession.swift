import CTLS

/// One end of a TLS connection on a socket that does not block. OpenSSL reads and writes the socket itself; the owner
/// polls it, closes it after this object is gone or silent, and bounds the time of a handshake.
///
/// For one thread at a time. Nothing here blocks or throws. With edge-triggered polling read until `.wantsRead`: only
/// that says the socket is empty, and what OpenSSL holds already (``hasBufferedInput``) wakes nobody.
///
/// SIGPIPE must be ignored in the process: OpenSSL uses `write`, which raises it when the peer is gone.
///
/// Hot path: ``read(into:)`` and ``write(_:)``, benchmark `gateway`.
final class TLSSession {
    /// The name that a client session is for; empty in a server's, whose client's is ``requestedServerName``.
    let serverName: String
    /// OpenSSL's `SSL`.
    let session: OpaquePointer
    /// Kept alive: OpenSSL calls back into it.
    private let server: TLSServerContext?
    private let client: TLSClientContext?
    private var failure: TLSFailure?
    /// The socket takes no more; what the peer sent before may still be read.
    private var writeFailure: TLSFailure?
    private var isShutDown = false
    private var isTruncated = false
    private var hasUnfinishedWrite = false
    private var hasOfferedTicket = false

    init(server: TLSServerContext, handle: TLSContextHandle, descriptor: Int32) throws(TLSError) {
        session = try TLSSession.make(handle, descriptor, isServer: true)
        self.server = server
        client = nil
        serverName = ""
    }

    init(
        client: TLSClientContext, handle: TLSContextHandle, descriptor: Int32, serverName: String
    ) throws(TLSError) {
        session = try TLSSession.make(handle, descriptor, isServer: false)
        self.client = client
        server = nil
        self.serverName = serverName
        gatehouse_tls_set_owner(session, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { gatehouse_tls_session_free(session, failure == nil ? 1 : 0) }

    private static func make(
        _ handle: TLSContextHandle, _ descriptor: Int32, isServer: Bool
    ) throws(TLSError) -> OpaquePointer {
        guard let session = gatehouse_tls_session_new(handle.pointer, descriptor, isServer ? 1 : 0) else {
            throw TLSError(kind: .internalError, message: "OpenSSL has no memory for a session")
        }
        return session
    }

    // MARK: Moving bytes

    /// Goes on with the handshake as far as the socket lets it.
    func handshake() -> TLSHandshakeResult {
        if let failure { return .failed(failure) }
        var details = gatehouse_tls_failure()
        let code = gatehouse_tls_handshake(session, &details)
        switch code {
        case 0: return .done
        case gatehouse_tls_wants_read: return .wantsRead
        case gatehouse_tls_wants_write: return .wantsWrite
        default: break
        }
        // A server that cannot use a ticket ignores it; one that fails over it would fail over it for ever.
        if hasOfferedTicket { client?.tickets?.forget(serverName) }
        return .failed(fail(details, isHandshake: true))
    }

    /// Reads decrypted bytes, at most one record's 16 KiB a call.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> TLSReadResult {
        if let failure { return .failed(failure) }
        if isTruncated { return .truncated }
        guard let base = buffer.baseAddress, buffer.count > 0 else { return .bytes(0) }
        var details = gatehouse_tls_failure()
        let code = gatehouse_tls_read(session, base, buffer.count, &details)
        if code > 0 { return .bytes(code) }
        switch code {
        case gatehouse_tls_wants_read: return .wantsRead
        case gatehouse_tls_wants_write: return .wantsWrite
        case gatehouse_tls_closed: return .closed
        case gatehouse_tls_truncated:
            isTruncated = true
            return .truncated
        default: return .failed(fail(details, isHandshake: !isEstablished))
        }
    }

    /// Encrypts and sends bytes. After `.wantsWrite` or `.wantsRead` a record is half sent: the next call must begin
    /// with the same bytes. Small pieces are best gathered first, each call makes a record and a system call.
    func write(_ buffer: UnsafeRawBufferPointer) -> TLSWriteResult {
        if let failure = failure ?? writeFailure { return .failed(failure) }
        guard let base = buffer.baseAddress, buffer.count > 0 else { return .bytes(0) }
        guard !isShutDown else { return .closed }
        var details = gatehouse_tls_failure()
        let code = gatehouse_tls_write(session, base, buffer.count, &details)
        hasUnfinishedWrite = code == gatehouse_tls_wants_write || code == gatehouse_tls_wants_read
        if code > 0 { return .bytes(code) }
        switch code {
        case gatehouse_tls_wants_read: return .wantsRead
        case gatehouse_tls_wants_write: return .wantsWrite
        case gatehouse_tls_closed, gatehouse_tls_truncated: return .closed
        default: return .failed(failWriting(details))
        }
    }

    private func failWriting(_ details: gatehouse_tls_failure) -> TLSFailure {
        let made = TLSFailure(details, isHandshake: !isEstablished)
        if made.kind == .socket { writeFailure = made } else { failure = made }
        return made
    }

    /// Sends close_notify and waits for no answer; reading may go on. Nothing is sent before the handshake is done or
    /// after a failure.
    func shutdown() -> TLSShutdownResult {
        if failure != nil || writeFailure != nil || !isEstablished { return .done }
        if hasUnfinishedWrite { return .wantsWrite }
        // A second call of OpenSSL's would read.
        if isShutDown { return .done }
        var details = gatehouse_tls_failure()
        let code = gatehouse_tls_shutdown(session, &details)
        switch code {
        case gatehouse_tls_wants_write: return .wantsWrite
        case 0, gatehouse_tls_wants_read: break
        case gatehouse_tls_closed, gatehouse_tls_truncated: break
        default: return .failed(fail(details, isHandshake: false))
        }
        isShutDown = true
        return .done
    }

    /// Bytes that are decrypted and not read, which no poll will tell of.
    var pending: Int { Int(gatehouse_tls_pending(session)) }

    /// Whether OpenSSL holds anything from the socket, also a part of a record that cannot be read yet.
    var hasBufferedInput: Bool { gatehouse_tls_has_pending(session) == 1 }

    /// Whether the handshake is done.
    var isEstablished: Bool { gatehouse_tls_is_established(session) == 1 }

    // MARK: Before the handshake

    /// What the server's certificate must be for.
    func expect(_ name: String, isAddress: Bool) throws(TLSError) {
        let isSet =
            isAddress
            ? gatehouse_tls_expect_address(session, name) == 1
            : gatehouse_tls_expect_host(session, name) == 1 && gatehouse_tls_send_name(session, name) == 1
        guard !isSet else { return }
        throw TLSError(kind: .invalidName, message: "OpenSSL refused the name \(name.debugDescription)")
    }

    /// Offers the server a ticket.
    func resume(_ ticket: TLSTicket) {
        guard let copy = gatehouse_tls_ticket_copy(ticket.pointer) else { return }
        hasOfferedTicket = gatehouse_tls_resume(session, copy) == 1
        gatehouse_tls_ticket_free(copy)
    }

    /// Called inside the other calls when the server gave a ticket.
    func keep(_ ticket: OpaquePointer) { client?.tickets?.keep(ticket, for: serverName) }

    private func fail(_ details: gatehouse_tls_failure, isHandshake: Bool) -> TLSFailure {
        let made = TLSFailure(details, isHandshake: isHandshake)
        failure = made
        return made
    }
}
