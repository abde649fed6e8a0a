import NIOCore
import NIOPosix

/// One check: connects, asks, reads the head of the answer, closes.
final class HealthProbe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let deadlineNanos: Int64
    private let request: String
    private var ended: ((Bool) -> Void)?
    private var parser = ResponseHeadParser()
    private var received = ByteBuffer()
    private var context: ChannelHandlerContext?

    /// `ended` is called once, with whether the answer was 200 to 399.
    init(path: String, host: String, deadlineNanos: Int64, ended: @escaping (Bool) -> Void) {
        self.deadlineNanos = deadlineNanos
        self.ended = ended
        request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: gatehouse-health\r\nConnection: close\r\n\r\n"
    }

    func connect(to upstream: UpstreamState, on eventLoop: any EventLoop, timeoutNanos: Int64) {
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(max(1, timeoutNanos)))
        let future =
            if let address = upstream.socketAddress {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: upstream.address.host, port: upstream.address.port)
            }
        future.assumeIsolated().whenComplete { result in
            guard case .success(let channel) = result else { return self.end(isGood: false) }
            self.connected(channel)
        }
    }

    /// Of several addresses of a name one has won, and only its channel gets the handler.
    private func connected(_ channel: any Channel) {
        do {
            guard ended != nil else { return channel.close(promise: nil) }
            try channel.pipeline.syncOperations.addHandler(self)
            context?.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
        } catch {
            channel.close(promise: nil)
            end(isGood: false)
        }
    }

    /// Closes; the first call tells the result.
    func end(isGood: Bool) {
        let ended = ended
        self.ended = nil
        context?.close(mode: .all, promise: nil)
        ended?(isGood)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard ended != nil else { return }
        var incoming = unwrapInboundIn(data)
        received.writeBuffer(&incoming)
        do throws(GatewayError) {
            while try parser.parse(received.readableBytesUInt8Span, toHead: false) {
                let head = parser.head
                guard head.isInformational else { return end(isGood: (200..<400).contains(head.status)) }
                received.moveReaderIndex(forwardBy: head.byteCount)
                parser.reset()
            }
        } catch {
            end(isGood: false)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { end(isGood: false) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(isGood: false) }
}
