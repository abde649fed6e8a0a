import CSocket

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What one socket is about to send: gathered while an event is handled, sent with one system call at its end or as soon
/// as another socket has something to send.
///
/// Small pieces are copied, large ones lent until the batch is flushed. One for each loop. Hot path: benchmark `gateway`.
final class OutputBatch {
    private static let scratchBytes = 65_536
    private static let mostParts = 64
    /// From this size on a lent piece is sent from where it lies.
    private static let lentBytes = 4_096

    private let scratch: UnsafeMutableRawPointer
    private var used = 0
    private let parts: UnsafeMutablePointer<iovec>
    private var count = 0
    private var total = 0
    /// An open one: the loop holds it, and it takes itself out when it is closed (``drop(_:)``).
    private var socket: Unmanaged<StreamSocket>?

    init() {
        scratch = .allocate(byteCount: Self.scratchBytes, alignment: 64)
        parts = .allocate(capacity: Self.mostParts)
    }

    deinit {
        scratch.deallocate()
        parts.deallocate()
    }

    /// Sends what another socket has gathered.
    @inline(__always)
    func begin(_ socket: StreamSocket) {
        guard !isOf(socket) else { return }
        flush()
        self.socket = Unmanaged.passUnretained(socket)
    }

    /// Room for `bytes` bytes of the socket that has begun, or nil when there can never be so much. ``commit(_:)`` takes it.
    @inline(__always)
    func reserve(_ bytes: Int) -> UnsafeMutableRawBufferPointer? {
        if used &+ bytes > Self.scratchBytes || count == Self.mostParts {
            sendAll()
            guard bytes <= Self.scratchBytes, takesMore else { return nil }
        }
        return UnsafeMutableRawBufferPointer(start: scratch + used, count: Self.scratchBytes &- used)
    }

    @inline(__always)
    func commit(_ bytes: Int) {
        guard bytes > 0 else { return }
        let start = scratch + used
        if count > 0, let base = parts[count &- 1].iov_base, base + parts[count &- 1].iov_len == start {
            parts[count &- 1].iov_len &+= bytes
        } else {
            parts[count] = iovec(iov_base: start, iov_len: bytes)
            count &+= 1
        }
        used &+= bytes
        total &+= bytes
    }

    /// Adds bytes that stay where they are until the batch is flushed. False when the socket must queue them.
    @inline(__always)
    func add(lent bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= Self.lentBytes else { return add(copying: bytes) }
        if count == Self.mostParts {
            sendAll()
            guard takesMore else { return false }
        }
        parts[count] = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        count &+= 1
        total &+= bytes.count
        return true
    }

    @inline(__always)
    func add(copying bytes: UnsafeRawBufferPointer) -> Bool {
        guard let source = bytes.baseAddress else { return true }
        guard let room = reserve(bytes.count), let target = room.baseAddress else { return false }
        target.copyMemory(from: source, byteCount: bytes.count)
        commit(bytes.count)
        return true
    }

    /// Sends everything; what the socket does not take is kept by it.
    @inline(__always)
    func flush() {
        guard socket != nil else { return }
        if total > 0 { sendAll() }
        socket = nil
    }

    /// Forgets what is gathered, if it is this socket's.
    func drop(_ socket: StreamSocket) {
        guard isOf(socket) else { return }
        clear()
        self.socket = nil
    }

    private func sendAll() {
        guard let socket, total > 0 else { return }
        socket._withUnsafeGuaranteedRef {
            $0.send(UnsafeBufferPointer(start: parts, count: count), total: total)
        }
        clear()
    }

    @inline(__always)
    private func isOf(_ socket: StreamSocket) -> Bool {
        self.socket?.toOpaque() == Unmanaged.passUnretained(socket).toOpaque()
    }

    /// The socket has taken all it was given.
    private var takesMore: Bool { socket.map { $0._withUnsafeGuaranteedRef { !$0.hasOutput } } ?? false }

    @inline(__always)
    private func clear() {
        count = 0
        used = 0
        total = 0
    }
}
