import Locking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The ops listener: one thread, `poll`, a few connections, every one with a deadline. Enough for a scraper and a probe,
/// and nothing that another module would have to be pulled in for.
final class OpsServer: @unchecked Sendable {
    static let maxConnections = 32

    let port: UInt16
    private let listener: OpenDescriptor
    private let wake: WakePipe
    private let surroundings: OpsConnection.Surroundings
    private let isStopping = Atomic<Bool>(false)
    private var connections: [OpsConnection] = []
    /// Where there was no descriptor for a connection, none is accepted before: it would be asked for again at once.
    private var acceptsFromNanos: Int64 = 0
    private var thread: PlatformThread?

    init(_ address: ListenAddress, answer: @escaping @Sendable (OpsRequest) -> OpsAnswer) throws(SystemError) {
        (listener, port) = try address.listen()
        let wake = try WakePipe()
        self.wake = wake
        surroundings = OpsConnection.Surroundings(answer: answer, wake: { wake.wake() })
    }

    func start() throws(SystemError) {
        thread = try PlatformThread(name: "ops") { [self] in run() }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        wake.wake()
        thread?.join()
        thread = nil
    }

    private func run() {
        while !isStopping.load(ordering: .acquiring) {
            var polled = [pollfd(fd: wake.readEnd, events: Int16(POLLIN), revents: 0)]
            // A full house does not accept; the kernel's queue waits.
            let isPausing = Clock.monotonicNanos() < acceptsFromNanos
            let accepts = connections.count < OpsServer.maxConnections && !isPausing
            polled.append(pollfd(fd: accepts ? listener.number : -1, events: Int16(POLLIN), revents: 0))
            for connection in connections {
                polled.append(pollfd(fd: connection.descriptor.number, events: connection.events, revents: 0))
            }
            _ = poll(&polled, nfds_t(polled.count), isPausing ? 100 : connections.isEmpty ? -1 : 1000)
            let now = Clock.monotonicNanos()
            wake.drain()
            for index in connections.indices.reversed() {
                if !serve(&connections[index], polled[index + 2].revents, now) { connections.remove(at: index).close() }
            }
            if polled[1].revents != 0 { accept(now) }
        }
        for connection in connections { connection.close() }
        connections = []
    }

    private func serve(_ connection: inout OpsConnection, _ events: Int16, _ now: Int64) -> Bool {
        if connection.isWaiting {
            // How long a page may take is up to the page.
            return events == 0 && connection.serve(surroundings, isReady: false, now: now)
        }
        guard now <= connection.deadlineNanos else { return false }
        return events == 0 || connection.serve(surroundings, isReady: true, now: now)
    }

    private func accept(_ now: Int64) {
        let number = acceptConnection(listener.number)
        guard number >= 0 else {
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { acceptsFromNanos = now + 100_000_000 }
            return
        }
        Descriptor.makeNonBlocking(number)
        connections.append(OpsConnection(OpenDescriptor(number), now: now))
    }
}

private func acceptConnection(_ listener: Int32) -> Int32 { accept(listener, nil, nil) }
