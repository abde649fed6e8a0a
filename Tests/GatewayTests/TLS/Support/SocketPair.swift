import Foundation
import TestSupport

/// Two connected sockets that do not block; closed when the value goes away.
final class SocketPair {
    let client: Int32
    let server: Int32
    private var open: Set<Int32>

    /// Unix sockets.
    init(sendBufferBytes: Int32? = nil) throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw Absent(what: "socketpair") }
        client = ends[0]
        server = ends[1]
        open = [client, server]
        for end in ends {
            SocketPair.unblock(end)
            guard var bytes = sendBufferBytes else { continue }
            setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// TCP over loopback.
    init(overTCP: Void) throws {
        signal(SIGPIPE, SIG_IGN)
        let (listener, port) = try Loopback.listen()
        defer { Glibc.close(listener) }
        client = try Loopback.connect(port: port)
        server = accept(listener, nil, nil)
        open = [client, server]
        for end in open { SocketPair.unblock(end) }
    }

    deinit { for end in open { Glibc.close(end) } }

    func close(_ end: Int32) {
        if open.remove(end) != nil { Glibc.close(end) }
    }

    /// Waits until one of these ends can be read, half a second at most.
    func waitForBytes(client isClient: Bool, server isServer: Bool) -> Bool {
        var entries = [
            pollfd(fd: isClient ? client : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isServer ? server : -1, events: Int16(POLLIN), revents: 0),
        ]
        return poll(&entries, 2, 500) > 0
    }

    static func unblock(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
}
