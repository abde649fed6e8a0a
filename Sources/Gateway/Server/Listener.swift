import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Listening sockets: one for each event loop on the same port, so that no connection changes its thread.
enum Listener {
    /// Binds and accepts on `loop`. `sharesPort`: others will bind the same port (SO_REUSEPORT).
    static func bind(
        _ endpoint: SocketEndpoint, on loop: PlaneLoop, sharesPort: Bool
    ) -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(loop, eventLoop: loop.eventLoop)
        var bootstrap = ServerBootstrap(group: loop.eventLoop, childGroup: loop.eventLoop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        if sharesPort {
            let option = NIOBSDSocket.Option(rawValue: CInt(SO_REUSEPORT))
            bootstrap = bootstrap.serverChannelOption(.socketOption(option), value: 1)
        }
        bootstrap =
            bootstrap
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 2)
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 65_536)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard bound.value.connectionBudget.take() else {
                        bound.value.telemetry?.countRejection(.overloaded)
                        channel.close(mode: .all, promise: nil)
                        return
                    }
                    try channel.pipeline.syncOperations.addHandler(ClientConnection(loop: bound.value))
                }
            }
        return bootstrap.bind(host: endpoint.host, port: endpoint.port)
    }
}
