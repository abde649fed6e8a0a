import NIOCore
import NIOHTTP1
import NIOPosix

/// What a handler sees of a request.
struct SmallRequest: Sendable {
    var method: String
    var path: String
    /// Decoded pairs of the query.
    var query: [(name: String, value: String)]
    var headers: HTTPHeaders
    var body: [UInt8]

    func value(_ name: String) -> String? { query.first { $0.name == name }?.value }
}

/// What a handler answers, and how long it waits before.
struct SmallResponse: Sendable {
    var status: HTTPResponseStatus = .ok
    var contentType = "application/json"
    var body: String
    var delay: TimeAmount = .nanoseconds(0)
}

/// A plain HTTP/1.1 server on loopback for cells and the receiver.
final class SmallServer: Sendable {
    typealias Handler = @Sendable (SmallRequest) -> SmallResponse

    let port: Int
    private let channel: any Channel

    /// Listens on `host:port`; port 0 takes a free one.
    init(
        host: String = "127.0.0.1", port: Int = 0, group: any EventLoopGroup, handler: @escaping Handler
    ) throws {
        channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: true)
                    try channel.pipeline.syncOperations.addHandler(SmallRequestHandler(handler))
                }
            }
            .bind(host: host, port: port).wait()
        self.port = channel.localAddress?.port ?? port
    }

    var url: String { "http://127.0.0.1:\(port)" }
}
