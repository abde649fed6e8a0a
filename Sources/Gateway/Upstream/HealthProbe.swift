/// One check: connects, asks, reads the head of the answer, closes.
final class HealthProbe: StreamHandler {
    let deadlineNanos: Int64
    private let request: String
    private var ended: ((_ problem: String?) -> Void)?
    private var parser = ResponseHeadParser()
    private var received = ByteQueue()
    private var socket: StreamSocket?
    private var further: ArraySlice<InternetAddress> = []
    private var security = StreamSecurity.none
    private var version = UpstreamTransport.Version.http1

    /// `ended` is called once, with nil for an answer of 200 to 399 and else what is wrong.
    init(path: String, host: String, deadlineNanos: Int64, ended: @escaping (_ problem: String?) -> Void) {
        self.deadlineNanos = deadlineNanos
        self.ended = ended
        request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: gatehouse-health\r\nConnection: close\r\n\r\n"
    }

    /// Tries one address after the other.
    func connect(
        to addresses: [InternetAddress], security: StreamSecurity, version: UpstreamTransport.Version, on io: IOLoop
    ) {
        self.version = version
        self.security = security
        further = addresses[...]
        connectNext(io, "its name has no address")
    }

    private func connectNext(_ io: IOLoop, _ problem: String) {
        var problem = problem
        socket?.close()
        socket = nil
        while let address = further.popFirst() {
            do throws(SystemFault) {
                let made = try StreamSocket(loop: io, connectingTo: address, security: security)
                made.handler = self
                socket = made
                return
            } catch {
                problem = "\(error)"
            }
        }
        end(problem)
    }

    /// Closes; the first call tells the result.
    func end(_ problem: String?) {
        let ended = ended
        self.ended = nil
        socket?.close()
        socket = nil
        ended?(problem)
    }

    func socketConnected(_ fault: ConnectionFault?) {
        guard let socket else { return }
        if let fault { return connectNext(socket.loop, "\(fault)") }
        // Whoever speaks HTTP/2 is not asked in HTTP/1.1: that it accepts, and agrees on HTTP/2, is what is known.
        if version == .http2 {
            let isAgreed = socket.session.map { $0.applicationProtocol == .http2 } ?? true
            return end(isAgreed ? nil : "the server did not choose HTTP/2 (ALPN)")
        }
        socket.write(Array(request.utf8))
    }

    func socketReadable() {
        while let socket, socket.canRead {
            switch socket.read() {
            case .bytes(let bytes):
                received.append(bytes)
                readHead()
            case .nothing: return
            case .end, .failed: return end("the connection ended before the answer")
            }
        }
    }

    private func readHead() {
        do throws(GatewayError) {
            while ended != nil, try parser.parse(received.readable.bytes.span, toHead: false) {
                let status = parser.head.status
                guard parser.head.isInformational else {
                    return end((200..<400).contains(status) ? nil : "status \(status)")
                }
                received.consume(parser.head.byteCount)
                parser.reset()
            }
        } catch {
            end("the answer is malformed")
        }
    }

    func socketWritable() {}

    func socketOutputEnded() {}

    func socketBroken() { end("the connection broke") }
}
