import CSocket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a ``StreamSocket`` tells its owner; always on the loop, never from inside of a call of the socket's.
protocol StreamHandler: AnyObject {
    /// The connection is there, secured if it is to be, or it never will be.
    func socketConnected(_ fault: ConnectionFault?)
    /// There may be something to read: read until ``StreamSocket/canRead`` is false or enough has come.
    func socketReadable()
    /// There is room again for what the socket did not take.
    func socketWritable()
    /// Everything is sent and the sending side ended, after ``StreamSocket/endOutput()``.
    func socketOutputEnded()
    /// The connection broke, or the other side has gone entirely, while nobody reads.
    func socketBroken()
}

/// A TCP connection without blocking, with or without TLS, edge-triggered: one registration for its whole life.
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
        case failed
    }

    private enum Stage {
        case connecting
        case securing
        case open
    }

    /// So much may wait to be sent before ``isWritable`` is false.
    static let highWaterBytes = 65_536
    /// A TLS read that brings less, with nothing left behind, has emptied the socket.
    private static let shortRecordBytes = 8_192

    let loop: IOLoop
    let descriptor: Int32
    private let batch: OutputBatch
    var handler: (any StreamHandler)?
    /// Reading may bring something.
    private(set) var canRead = false
    private(set) var isClosed = false
    /// Nil without TLS.
    private(set) var session: TLSSession?
    private let security: StreamSecurity
    private var stage: Stage
    private var output = ByteQueue()
    private var peerEnded = false
    /// Nothing can be sent any more.
    private(set) var isBroken = false
    private var endsOutput = false
    private var mustTellWritable = false
    /// TLS reads since the kernel said that there was something.
    private var reads = 0

    /// For a descriptor that is connected already, and sends at once (``setNoDelay(_:)``). The handler is told when it is
    /// secured, at once or later; nil when the kernel cannot watch it, and then it is closed.
    init?(loop: IOLoop, accepted descriptor: Int32, security: StreamSecurity = .none) {
        self.loop = loop
        batch = loop.batch
        self.descriptor = descriptor
        self.security = security
        if case .none = security { stage = .open } else { stage = .securing }
        super.init()
        if !watch() { return nil }
    }

    /// Begins to connect; the handler is told how it ended.
    init(
        loop: IOLoop, connectingTo address: InternetAddress, security: StreamSecurity = .none
    ) throws(SystemFault) {
        self.loop = loop
        batch = loop.batch
        self.security = security
        descriptor = gatehouse_socket(address.family)
        stage = .connecting
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

    /// Small writes are not held back. Connections take it over from the socket that they were accepted at.
    static func setNoDelay(_ descriptor: Int32) {
        var on: CInt = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    // MARK: - Reading

    /// Reads once. What was lent from the loop's buffer is sent before.
    @inline(__always)
    func read() -> Reading {
        batch.flush()
        if let session { return read(session) }
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
        return .failed
    }

    private func read(_ session: TLSSession) -> Reading {
        switch session.read(into: loop.readBuffer) {
        case .bytes(let count):
            // Of the first read since the kernel's event the socket gave all it had, or OpenSSL would hold more.
            let isAll = reads == 0 && count < Self.shortRecordBytes && !session.hasBufferedInput
            reads &+= 1
            if isAll, !peerEnded { canRead = false }
            return .bytes(UnsafeRawBufferPointer(start: loop.readBuffer.baseAddress, count: count))
        case .wantsRead, .wantsWrite:
            canRead = false
            return .nothing
        case .closed:
            canRead = false
            return .end
        // An end that anybody in between could have made is no end of a message.
        case .truncated, .failed: return broken()
        }
    }

    private func broken() -> Reading {
        canRead = false
        isBroken = true
        return .failed
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
    /// Bytes that wait for the kernel.
    var outputBytes: Int { output.count }
    var isSecure: Bool { session != nil }

    /// What to say when ``StreamHandler/socketConnected(_:)`` has not come in time.
    var lateness: String { stage == .securing ? "TLS: no handshake in time" : "not connected in time" }

    @inline(__always) private var mustQueue: Bool { !output.isEmpty || stage != .open }

    @inline(__always)
    func write(_ text: StaticString) {
        write(copying: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write(copying: $0) } }

    @inline(__always)
    func write(copying bytes: UnsafeRawBufferPointer) {
        guard !isClosed, !isBroken else { return }
        batch.begin(self)
        if mustQueue { return output.append(bytes) }
        if !batch.add(copying: bytes) { queue(bytes) }
    }

    /// Bytes that stay where they are until the loop's next read, or until the batch has been flushed.
    @inline(__always)
    func write(lending bytes: UnsafeRawBufferPointer) {
        guard !isClosed, !isBroken else { return }
        batch.begin(self)
        if mustQueue { return output.append(bytes) }
        if !batch.add(lent: bytes) { queue(bytes) }
    }

    /// Room for at most `bytes` bytes, written by `body`, which returns how many it wrote.
    @inline(__always)
    func write(atMost bytes: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) {
        guard !isClosed, !isBroken else { return }
        batch.begin(self)
        if !mustQueue, let room = batch.reserve(bytes) { return batch.commit(body(room)) }
        let isFirst = !mustQueue
        output.commit(body(output.reserve(bytes)))
        if isFirst { sendQueuedSoon() }
    }

    /// What is too large for the batch, and not waited for by the kernel.
    private func queue(_ bytes: UnsafeRawBufferPointer) {
        output.append(bytes)
        sendQueuedSoon()
    }

    private func sendQueuedSoon() {
        mustTellWritable = true
        loop.goOn(self)
    }

    /// By the batch.
    func send(_ parts: UnsafeBufferPointer<iovec>, total: Int) {
        guard !isClosed, !isBroken, let first = parts.first else { return }
        if let session { return send(parts, session) }
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

    /// Gathers small parts, because each write makes a record and a system call.
    private func send(_ parts: UnsafeBufferPointer<iovec>, _ session: TLSSession) {
        let staging = loop.staging
        var staged = 0
        for part in parts {
            var rest = UnsafeRawBufferPointer(start: part.iov_base, count: part.iov_len)
            while rest.count > 0 {
                let isDirect = staged == 0 && rest.count >= staging.count
                let count = min(rest.count, staging.count - staged)
                let piece = rest.part(0, count)
                if isDirect {
                    encrypt(piece, session)
                } else {
                    UnsafeMutableRawBufferPointer(rebasing: staging[staged...]).copyMemory(from: piece)
                    staged += count
                    if staged == staging.count {
                        encrypt(UnsafeRawBufferPointer(staging), session)
                        staged = 0
                    }
                }
                rest = rest.part(count, rest.count)
            }
        }
        if staged > 0 { encrypt(UnsafeRawBufferPointer(rebasing: staging[..<staged]), session) }
    }

    /// What the session does not take now is queued, and so is everything after it.
    private func encrypt(_ bytes: UnsafeRawBufferPointer, _ session: TLSSession) {
        var rest = bytes
        while rest.count > 0, output.isEmpty, !isBroken {
            switch session.write(rest) {
            case .bytes(let count): rest = rest.part(count, rest.count)
            case .wantsRead, .wantsWrite:
                output.append(rest)
                mustTellWritable = true
                return
            case .closed, .failed: return broke()
            }
        }
        if !isBroken { output.append(rest) }
    }

    private func drainOutput() {
        while !output.isEmpty, !isBroken {
            let bytes = output.readable
            let sent = sendOnce(bytes)
            guard sent > 0 else { return }
            output.consume(sent)
        }
        output.clear(keeping: 0)
    }

    /// 0 when nothing can be sent now.
    private func sendOnce(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let session {
            switch session.write(bytes) {
            case .bytes(let count): return count
            case .wantsRead, .wantsWrite: return 0
            case .closed, .failed:
                broke()
                return 0
            }
        }
        let sent = gatehouse_send(descriptor, bytes.baseAddress, bytes.count)
        if sent < 0, errno != EAGAIN { broke() }
        return max(0, sent)
    }

    /// Sends what waits, then ends this side's output; the handler is told.
    func endOutput() {
        guard !isClosed, !endsOutput else { return }
        batch.flush()
        endsOutput = true
        mustTellWritable = false
        if output.isEmpty { loop.goOn(self) }
    }

    private func finishOutput() {
        guard endsOutput, output.isEmpty, !isClosed else { return }
        endsOutput = false
        _ = session?.shutdown()
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
        batch.drop(self)
        if !isBroken, output.isEmpty { _ = session?.shutdown() }
        isClosed = true
        handler = nil
        session = nil
        output.clear(keeping: 0)
        loop.forget(self, descriptor: descriptor)
    }

    /// Closes with a reset, so that the end is not taken for the end of what was sent.
    func reset() {
        guard !isClosed else { return }
        isBroken = true
        gatehouse_reset_on_close(descriptor)
        close()
    }

    // MARK: - Events

    override func ready(_ events: UInt32) {
        guard !isClosed else { return }
        if stage != .open { return establish(events) }
        if events & PollEvents.writable != 0, !output.isEmpty { becameWritable() }
        let ended = PollEvents.peerEnded | PollEvents.broken
        guard events & (PollEvents.readable | ended) != 0, !isClosed else { return }
        if events & ended != 0 { peerEnded = true }
        canRead = true
        reads = 0
        handler?.socketReadable()
        if events & PollEvents.broken != 0, canRead, !isClosed { handler?.socketBroken() }
    }

    override func again() {
        guard !isClosed, stage == .open else { return }
        if !output.isEmpty { becameWritable() }
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

    // MARK: - Connecting and securing

    private func establish(_ events: UInt32) {
        if stage == .connecting {
            guard events & (PollEvents.writable | PollEvents.broken) != 0 else { return }
            var code: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
            guard code == 0 else { return fail(.system(SystemFault("connect", code))) }
            stage = .securing
        }
        if session == nil {
            do throws(TLSError) {
                session = try security.session(descriptor)
            } catch {
                return fail(.setup(error))
            }
        }
        if events & (PollEvents.peerEnded | PollEvents.broken) != 0 { peerEnded = true }
        guard let session else { return opened(events & PollEvents.readable != 0) }
        switch session.handshake() {
        case .done: opened(true)
        case .wantsRead, .wantsWrite: break
        case .failed(let failure): fail(.handshake(failure))
        }
    }

    private func fail(_ fault: ConnectionFault) {
        isBroken = true
        handler?.socketConnected(fault)
    }

    /// The handshake may have read more than its own bytes, which no event will tell of.
    private func opened(_ mayRead: Bool) {
        stage = .open
        // What the handshake has read may have filled OpenSSL's buffer.
        reads = 1
        drainOutput()
        handler?.socketConnected(nil)
        guard mayRead || peerEnded, !isClosed else { return }
        canRead = true
        handler?.socketReadable()
    }
}
