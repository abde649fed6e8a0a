import NIOCore
import NIOHTTP1

/// Collects one request, asks the handler, answers after its delay.
final class SmallRequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A batch of the shipper is 1 MiB before compression; more than this is refused.
    private static let maxBodyBytes = 8_388_608
    private let handler: SmallServer.Handler
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(_ handler: @escaping SmallServer.Handler) {
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            isTooLarge = false
        case .body(let buffer):
            isTooLarge = isTooLarge || body.count + buffer.readableBytes > Self.maxBodyBytes
            if !isTooLarge { body += buffer.readableBytesView }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let response =
            isTooLarge
            ? SmallResponse(status: .payloadTooLarge, body: "{}\n") : handler(SmallRequest(head: head, body: body))
        guard response.delay > .nanoseconds(0) else { return write(response, to: head, context: context) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        let owner = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: response.delay) {
            owner.value.write(response, to: head, context: bound.value)
        }
    }

    private func write(_ response: SmallResponse, to request: HTTPRequestHead, context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(string: response.body)
        var head = HTTPResponseHead(version: request.version, status: response.status)
        head.headers.add(name: "Content-Type", value: response.contentType)
        head.headers.add(name: "Content-Length", value: "\(buffer.readableBytes)")
        if !request.isKeepAlive { head.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        if !request.isKeepAlive { context.close(promise: nil) }
    }
}

extension SmallRequest {
    init(head: HTTPRequestHead, body: [UInt8]) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        method = head.method.rawValue
        path = String(parts.first ?? "/")
        headers = head.headers
        self.body = body
        query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(sides[0]), value: sides.count > 1 ? String(sides[1]) : "")
        }
    }
}
