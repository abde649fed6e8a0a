/// A client's connection until its handshake is done; what it speaks then is decided by ALPN (RFC 7301).
final class TLSAcceptor: DeadlineEntry, StreamHandler {
    private let loop: PlaneLoop
    private let socket: StreamSocket
    private let peer: ClientPeer

    init(loop: PlaneLoop, socket: StreamSocket, peer: ClientPeer) {
        self.loop = loop
        self.socket = socket
        self.peer = peer
        super.init()
        socket.handler = self
        deadlineNanos = SteadyTime.after(loop.settings.timeouts.headNanos, from: loop.io.now)
    }

    func socketConnected(_ fault: ConnectionFault?) {
        deadlineNanos = .max
        if let fault { return failed(fault) }
        loop.telemetry?.countHandshake(socket.session)
        loop.secured(self, socket, peer)
    }

    private func failed(_ fault: ConnectionFault) {
        if case .handshake(let failure) = fault { loop.telemetry?.countHandshakeFailure(failure.kind) }
        socket.close()
        loop.closed(self)
    }

    override func deadlinePassed(now: Int64) {
        loop.telemetry?.countHandshakeFailure(.endOfStream)
        end()
    }

    /// Ends it, whatever it is doing.
    func end() {
        socket.close()
        loop.closed(self)
    }

    func socketReadable() {}

    func socketWritable() {}

    func socketOutputEnded() {}

    func socketBroken() { end() }
}
