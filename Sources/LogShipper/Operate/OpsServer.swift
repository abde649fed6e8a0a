import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The ops listener: one thread, `poll`, a few connections, every one with a deadline. Enough for a scraper and a probe,
/// and nothing that another module would have to be pulled in for.
final class OpsServer: @unchecked Sendable {
    private struct Connection {
        let descriptor: OpenDescriptor
        var input: [UInt8] = []
        var output: [UInt8] = []
        var closesAfterOutput = false
        var deadlineNanos: Int64
    }

    static let maxConnections = 32
    private static let patienceNanos: Int64 = 10_000_000_000

    let port: UInt16
    private let listener: OpenDescriptor
    private let wake: WakePipe
    private let answer: @Sendable (OpsRequest) -> OpsResponse
    private let isStopping = Atomic<Bool>(false)
    private var connections: [Connection] = []
    private var thread: PlatformThread?

    init(_ address: ListenAddress, answer: @escaping @Sendable (OpsRequest) -> OpsResponse) throws(SystemError) {
        (listener, port) = try address.listen()
        wake = try WakePipe()
        self.answer = answer
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
            let accepts = connections.count < OpsServer.maxConnections
            polled.append(pollfd(fd: accepts ? listener.number : -1, events: Int16(POLLIN), revents: 0))
            for connection in connections {
                let events = connection.output.isEmpty ? POLLIN : POLLOUT
                polled.append(pollfd(fd: connection.descriptor.number, events: Int16(events), revents: 0))
            }
            _ = poll(&polled, nfds_t(polled.count), 1000)
            let now = Clock.monotonicNanos()
            wake.drain()
            for index in connections.indices.reversed() {
                let isReady = polled[index + 2].revents != 0
                if (isReady && !serve(&connections[index], now)) || now > connections[index].deadlineNanos {
                    connections.remove(at: index)
                }
            }
            if polled[1].revents != 0 { accept(now) }
        }
        connections = []
    }

    private func accept(_ now: Int64) {
        let number = acceptConnection(listener.number)
        guard number >= 0 else { return }
        Descriptor.makeNonBlocking(number)
        connections.append(
            Connection(descriptor: OpenDescriptor(number), deadlineNanos: now + OpsServer.patienceNanos))
    }

    /// Reads or writes what is possible; false when the connection is done.
    private func serve(_ connection: inout Connection, _ now: Int64) -> Bool {
        if connection.output.isEmpty {
            guard receive(&connection) else { return false }
            respond(&connection, now)
        }
        return send(&connection)
    }

    private func receive(_ connection: inout Connection) -> Bool {
        let number = connection.descriptor.number
        let room = OpsRequest.maxHeadBytes + 4096 - connection.input.count
        guard room > 0 else { return false }
        let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = max(0, retryingInterrupts { recv(number, buffer.baseAddress, room, 0) })
        }
        connection.input += part
        return !part.isEmpty
    }

    private func respond(_ connection: inout Connection, _ now: Int64) {
        switch OpsRequest.parse(connection.input) {
        case .incomplete: return
        case .refused(let status):
            let response = OpsResponse(status: status, body: Array("refused\n".utf8))
            connection.output = response.encoded(isHead: false, keepsAlive: false)
            connection.closesAfterOutput = true
        case .request(let request, let headBytes):
            connection.input.removeFirst(headBytes)
            connection.output = answer(request).encoded(isHead: request.isHead, keepsAlive: request.keepsAlive)
            connection.closesAfterOutput = !request.keepsAlive
        }
        connection.deadlineNanos = now + OpsServer.patienceNanos
    }

    private func send(_ connection: inout Connection) -> Bool {
        let number = connection.descriptor.number
        while !connection.output.isEmpty {
            let sent = connection.output.withUnsafeBytes { bytes in
                retryingInterrupts { sendBytes(number, bytes) }
            }
            guard sent > 0 else { return sent < 0 && errno == EAGAIN }
            connection.output.removeFirst(sent)
        }
        if connection.closesAfterOutput { return false }
        // A pipelined request is answered at once; there will be no event for it.
        guard !connection.input.isEmpty else { return true }
        respond(&connection, Clock.monotonicNanos())
        return connection.output.isEmpty ? true : send(&connection)
    }
}

private func acceptConnection(_ listener: Int32) -> Int32 { accept(listener, nil, nil) }

private func sendBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
}
