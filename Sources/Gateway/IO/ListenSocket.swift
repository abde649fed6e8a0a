import CSocket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Accepts connections on one loop.
final class ListenSocket: PollEntry {
    /// Takes over a descriptor that is connected and does not block.
    typealias Accepted = (Int32, InternetAddress) -> Void

    private static let backlog: Int32 = 4_096
    private static let acceptsAtOnce = 64
    /// Without descriptors the kernel would report the same connection again and again.
    private static let pauseNanos: Int64 = 100_000_000

    private let loop: IOLoop
    private let descriptor: Int32
    private let accepted: Accepted
    private var isClosed = false
    private var isPaused = false

    /// A bound and listening descriptor, which belongs to the listener from now on.
    init(loop: IOLoop, descriptor: Int32, accepted: @escaping Accepted) throws(SystemFault) {
        self.loop = loop
        self.descriptor = descriptor
        self.accepted = accepted
        super.init()
        StreamSocket.setNoDelay(descriptor)
        guard loop.watch(self, descriptor: descriptor, events: PollEvents.readable) else {
            throw SystemFault("epoll", errno)
        }
    }

    /// A descriptor that listens at the address. `sharesPort`: others will bind the same one (SO_REUSEPORT).
    static func open(_ address: InternetAddress, sharesPort: Bool) throws(SystemFault) -> Int32 {
        let descriptor = gatehouse_socket(address.family)
        guard descriptor >= 0 else { throw SystemFault("socket", errno) }
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if sharesPort { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size) }
        guard address.withSocketAddress({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, backlog) == 0 else {
            let fault = SystemFault("bind", errno)
            Glibc.close(descriptor)
            throw fault
        }
        return descriptor
    }

    /// Descriptors for so many loops that accept at the address: the inherited socket, once for each, or new ones.
    static func open(
        _ address: InternetAddress, loops: Int, inherited: Int32?
    ) throws(SystemFault) -> [Int32] {
        var opened: [Int32] = []
        do throws(SystemFault) {
            if let inherited {
                for _ in 0..<loops { opened.append(try copy(inherited)) }
                return opened
            }
            opened.append(try open(address, sharesPort: loops > 1))
            let bound = try Self.address(of: opened[0])
            for _ in 1..<max(1, loops) { opened.append(try open(bound, sharesPort: true)) }
            return opened
        } catch {
            for descriptor in opened { Glibc.close(descriptor) }
            throw error
        }
    }

    private static func copy(_ descriptor: Int32) throws(SystemFault) -> Int32 {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw SystemFault("dup", errno) }
        return copy
    }

    /// A socket that another program opened may block, which a loop must not.
    static func prepare(inherited descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Throws when nobody could listen there alone.
    static func probe(_ address: InternetAddress) throws(SystemFault) {
        Glibc.close(try open(address, sharesPort: false))
    }

    /// Where it listens; a port 0 has become the real one.
    static func address(of descriptor: Int32) throws(SystemFault) -> InternetAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0, let address = InternetAddress(&storage) else { throw SystemFault("getsockname", errno) }
        return address
    }

    override func ready(_ events: UInt32) {
        for _ in 0..<Self.acceptsAtOnce where !isClosed {
            guard acceptOne() else { return }
        }
    }

    /// Takes what has been connected already, so that nobody who got through is turned away, and closes.
    func drainAndClose() {
        guard !isClosed else { return }
        while acceptOne() {}
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        // Closing alone does not end the watch: the socket may be open elsewhere, too, when it was handed over.
        if !isPaused { loop.forget(self, descriptor: descriptor, closesDescriptor: false) }
        Glibc.close(descriptor)
    }

    /// False when there is none, or none can be taken now.
    private func acceptOne() -> Bool {
        var storage = sockaddr_storage()
        var length = socklen_t()
        let connection = gatehouse_accept(descriptor, &storage, &length)
        if connection < 0 {
            switch errno {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                pause()
                return false
            case ECONNABORTED, EPERM, EPROTO: return true
            default: return false
            }
        }
        guard let peer = InternetAddress(&storage) else {
            Glibc.close(connection)
            return true
        }
        accepted(connection, peer)
        return true
    }

    private func pause() {
        guard !isPaused else { return }
        isPaused = true
        loop.forget(self, descriptor: descriptor, closesDescriptor: false)
        scheduleUnpause()
    }

    private func scheduleUnpause() {
        let confined = LoopConfined(self, loop)
        loop.schedule(afterNanos: Self.pauseNanos) { confined.value.unpause() }
    }

    private func unpause() {
        isPaused = false
        guard !isClosed, !loop.watch(self, descriptor: descriptor, events: PollEvents.readable) else { return }
        isPaused = true
        scheduleUnpause()
    }
}
