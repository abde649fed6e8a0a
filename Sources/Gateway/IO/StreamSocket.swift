import CSocket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a ``StreamSocket`` tells its owner; always on the loop, never from inside of a call of the socket's.
protocol StreamHandler: AnyObject {
    /// A connection that was asked for is there, or not.
    func socketConnected(_ fault: SystemFault?)
    /// There may be something to read: read until ``StreamSocket/canRead`` is false or enough has come.
    func socketReadable()
    /// There is room again for what the socket did not take.
    func socketWritable()
    /// Everything is sent and the sending side ended, after ``StreamSocket/endOutput()``.
    func socketOutputEnded()
    /// The connection broke, or the other side has gone entirely, while nobody reads.
    func socketBroken()
}

/// A TCP connection without blocking, edge-triggered: one registration for its whole life.
///
/// Hot path: benchmark `gateway`. It never calls its handler from inside of a call.
final class StreamSocket: PollEntry {
    /// What a read brought.
    enum Reading {
        /// Valid until the next read of any socket of the loop.
        case bytes(UnsafeRawBufferPointer)
        case nothing
        /// The other side has ended its output.
        case end
        case failed(Int32)
    }

    /// So much may wait to be sent before ``isWritable`` is false.
    static let highWaterBytes = 65_536

    let loop: IOLoop
    let descriptor: Int32
    var handler: (any StreamHandler)?
    /// Reading may bring something.
    private(set) var canRead = false
    private(set) var isClosed = false
    private(set) var isConnected: Bool
    private var output = ByteQueue()
    private var peerEnded = false
    private var isBroken = false
    private var endsOutput = false
    private var mustTellWritable = false

    /// For a descriptor that is connected already. Nil when the kernel cannot watch it; it is closed then.
    init?(loop: IOLoop, accepted descriptor: Int32) {
        self.loop = loop
        self.descriptor = descriptor
        isConnected = true
        super.init()
        Self.setNoDelay(descriptor)
        if !watch() { return nil }
    }

    /// Begins to connect; the handler is told how it ended.
    init(loop: IOLoop, connectingTo address: InternetAddress) throws(SystemFault) {
        self.loop = loop
        descriptor = gatehouse_socket(address.family)
        isConnected = false
        super.init()
        guard descriptor >= 0 else { throw SystemFault("socket", errno) }
        Self.setNoDelay(descriptor)
        guard address.connect(descriptor) == 0 || errno == EINPROGRESS else {
            let fault = SystemFault("connect", errno)
            isClosed = true
            Glibc.close(descriptor)
            throw fault
        }
        guard watch() else { throw SystemFault("epoll", errno) }
    }

    private func watch() -> Bool {
        let wanted =
            PollEvents.readable | PollEvents.writable | PollEvents.peerEnded | PollEvents.edgeTriggered
        if loop.watch(self, descriptor: descriptor, events: wanted) { return true }
        isClosed = true
        Glibc.close(descriptor)
        return false
    }

    private static func setNoDelay(_ descriptor: Int32) {
        var on: CInt = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    // MARK: - Reading

    /// Reads once.
    @inline(__always)
    func read() -> Reading {
        let buffer = loop.readBuffer
        let count = gatehouse_receive(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
            // A read that leaves room has emptied the socket; the end is an event that has been noted.
            if count < buffer.count, !peerEnded { canRead = false }
            return .bytes(UnsafeRawBufferPointer(start: buffer.baseAddress, count: count))
        }
        canRead = false
        if count == 0 {
            peerEnded = true
            return .end
        }
        if errno == EAGAIN { return .nothing }
        isBroken = true
        return .failed(errno)
    }

    /// Has the handler read on, soon, if there may be something.
    func resume() {
        if canRead, !isClosed { loop.goOn(self) }
    }

    // MARK: - Writing

    /// The owner should give more only then.
    var isWritable: Bool { output.count < Self.highWaterBytes }
    /// Something waits for the kernel.
    @inline(__always) var hasOutput: Bool { !output.isEmpty }
    /// Bytes that wait.
    var outputBytes: Int { output.count }

    @inline(__always) private var mustQueue: Bool { !output.isEmpty || !isConnected }

    @inline(__always)
    func write(_ text: StaticString) {
        write(copying: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write(copying: $0) } }

    @inline(__always)
    func write(copying bytes: UnsafeRawBufferPointer) {
        guard !isClosed, !isBroken else { return }
        loop.batch.begin(self)
        if mustQueue || !loop.batch.add(copying: bytes) { output.append(bytes) }
    }

    /// Bytes that stay where they are until this event has been handled.
    @inline(__always)
    func write(lending bytes: UnsafeRawBufferPointer) {
        guard !isClosed, !isBroken else { return }
        loop.batch.begin(self)
        if mustQueue || !loop.batch.add(lent: bytes) { output.append(bytes) }
    }

    /// Room for at most `bytes` bytes, written by `body`, which returns how many it wrote.
    @inline(__always)
    func write(atMost bytes: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        guard !isClosed, !isBroken else { return }
        loop.batch.begin(self)
        if !mustQueue, let room = loop.batch.reserve(bytes) {
            loop.batch.commit(body(room))
        } else {
            output.commit(body(output.reserve(bytes)))
        }
    }

    /// By the batch.
    func send(_ parts: UnsafeBufferPointer<iovec>, total: Int) {
        guard !isClosed, !isBroken, let first = parts.first else { return }
        let sent =
            parts.count == 1
            ? gatehouse_send(descriptor, first.iov_base, first.iov_len)
            : gatehouse_send_parts(descriptor, parts.baseAddress, Int32(parts.count))
        if sent == total { return }
        guard sent >= 0 || errno == EAGAIN else { return broke() }
        keep(parts, after: max(0, sent))
    }

    private func keep(_ parts: UnsafeBufferPointer<iovec>, after sent: Int) {
        var skip = sent
        for part in parts {
            let bytes = UnsafeRawBufferPointer(start: part.iov_base, count: part.iov_len)
            if skip >= bytes.count {
                skip -= bytes.count
            } else {
                output.append(bytes.part(skip, bytes.count))
                skip = 0
            }
        }
        mustTellWritable = true
    }

    private func drainOutput() {
        while !output.isEmpty, !isBroken {
            let bytes = output.readable
            let sent = gatehouse_send(descriptor, bytes.baseAddress, bytes.count)
            guard sent > 0 else {
                if sent < 0, errno != EAGAIN { broke() }
                return
            }
            output.consume(sent)
        }
        output.clear(keeping: 0)
    }

    /// Sends what waits, then ends this side's output; the handler is told.
    func endOutput() {
        guard !isClosed, !endsOutput else { return }
        loop.batch.flush()
        endsOutput = true
        mustTellWritable = false
        if output.isEmpty { loop.goOn(self) }
    }

    private func finishOutput() {
        guard endsOutput, output.isEmpty, !isClosed else { return }
        endsOutput = false
        shutdown(descriptor, Int32(SHUT_WR))
        handler?.socketOutputEnded()
    }

    /// Sending failed: the handler learns of it soon, for what is left to read may still be of use.
    private func broke() {
        isBroken = true
        canRead = true
        output.clear(keeping: 0)
        loop.goOn(self)
    }

    // MARK: - Ending

    /// Closes at once; what waits is lost.
    func close() {
        guard !isClosed else { return }
        loop.batch.drop(self)
        isClosed = true
        handler = nil
        output.clear(keeping: 0)
        loop.forget(self, descriptor: descriptor)
    }

    /// Closes with a reset, so that the end is not taken for the end of what was sent.
    func reset() {
        guard !isClosed else { return }
        loop.batch.drop(self)
        gatehouse_reset_on_close(descriptor)
        close()
    }

    // MARK: - Events

    override func ready(_ events: UInt32) {
        guard !isClosed else { return }
        if !isConnected { return connected(events) }
        if events & PollEvents.writable != 0, !output.isEmpty { becameWritable() }
        let ended = PollEvents.peerEnded | PollEvents.broken
        guard events & (PollEvents.readable | ended) != 0, !isClosed else { return }
        if events & ended != 0 { peerEnded = true }
        canRead = true
        handler?.socketReadable()
        if events & PollEvents.broken != 0, canRead, !isClosed { handler?.socketBroken() }
    }

    override func again() {
        guard !isClosed else { return }
        finishOutput()
        if canRead, !isClosed { handler?.socketReadable() }
        if isBroken, !isClosed { handler?.socketBroken() }
    }

    private func becameWritable() {
        drainOutput()
        guard !isClosed, !isBroken else { return }
        finishOutput()
        guard mustTellWritable, output.isEmpty, !isClosed else { return }
        mustTellWritable = false
        handler?.socketWritable()
    }

    private func connected(_ events: UInt32) {
        guard events & (PollEvents.writable | PollEvents.broken) != 0 else { return }
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 {
            handler?.socketConnected(SystemFault("connect", code))
            return
        }
        isConnected = true
        drainOutput()
        handler?.socketConnected(nil)
        if events & PollEvents.readable != 0, !isClosed { ready(events) }
    }
}
