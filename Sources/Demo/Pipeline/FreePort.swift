import NIOCore
import NIOPosix

/// Finds ports that nobody listens on. The port is free when it is found; a start that is faster than ours can still
/// take it, and then the program that wanted it says so.
enum FreePort {
    /// `preferred` if it is free, else any.
    static func find(preferred: Int, group: any EventLoopGroup) throws -> Int {
        if preferred > 0, let port = try? probe(preferred, group: group) { return port }
        return try probe(0, group: group)
    }

    private static func probe(_ port: Int, group: any EventLoopGroup) throws -> Int {
        let channel = try ServerBootstrap(group: group).bind(host: "127.0.0.1", port: port).wait()
        defer { try? channel.close().wait() }
        return channel.localAddress?.port ?? port
    }
}
