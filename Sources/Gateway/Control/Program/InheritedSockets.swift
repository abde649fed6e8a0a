#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Listening sockets that were handed over at the start (sd_listen_fds(3)): a listener whose address is that of one of
/// them uses it instead of a socket of its own, so that no connection is refused between two processes.
struct InheritedSockets: Sendable {
    private let byAddress: [InternetAddress: Int32]

    private static let first: Int32 = 3
    private static let most = 64

    /// From `LISTEN_PID` and `LISTEN_FDS`; none when they are meant for another process.
    init(environment: [String: String], process: Int32 = getpid()) {
        guard let text = environment["LISTEN_FDS"], let count = Int(text), (1...Self.most).contains(count),
            environment["LISTEN_PID"].flatMap(Int32.init) == process
        else {
            byAddress = [:]
            return
        }
        var found: [InternetAddress: Int32] = [:]
        for descriptor in Self.first..<(Self.first + Int32(count)) {
            guard let address = try? ListenSocket.address(of: descriptor), Self.isListening(descriptor) else {
                continue
            }
            ListenSocket.prepare(inherited: descriptor)
            found[address] = descriptor
        }
        byAddress = found
    }

    private static func isListening(_ descriptor: Int32) -> Bool {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value == 1
    }

    /// The socket that listens at the address; nil without one.
    func socket(at address: InternetAddress) -> Int32? { byAddress[address] }

    var addresses: [String] { byAddress.keys.map(\.description).sorted() }
}
