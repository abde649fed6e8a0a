import CSocket
import Locking
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One thread that waits for sockets, timers and work from other threads.
///
/// Why not an event loop of a library: docs/adr/0017. Everything but ``execute(_:)``, ``schedule(afterNanos:_:)`` and
/// ``stop()`` is for the loop's own thread. Hot path: benchmark `gateway`.
final class IOLoop: @unchecked Sendable {
    private struct Inbox {
        var work: [@Sendable () -> Void] = []
        var isStopped = false
    }

    /// What one read can bring.
    static let readBytes = 65_536
    private static let eventsAtOnce = 128
    /// The most that one TLS record holds (RFC 8446, section 5.1).
    private static let recordBytes = 16_384

    /// Where bytes are read to; valid until the next read of any socket.
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Where small pieces become one TLS record.
    let staging: UnsafeMutableRawBufferPointer
    /// What is about to be sent.
    let batch = OutputBatch()
    /// Of the event that is being handled, by ``SteadyTime``.
    private(set) var now = SteadyTime.nanos()

    private let epoll: Int32
    private let wakeDescriptor: Int32
    private let inbox = Locked(Inbox())
    private var timers = TimerHeap()
    private var listed: [PollEntry] = []
    private var forgotten: [PollEntry] = []
    private var isRunning = true
    private let thread = Locked<PlatformThread?>(nil)
    private let identity = Atomic<UInt>(0)

    /// Starts the thread. Throws the error number of what the system refused.
    init() throws(SystemFault) {
        readBuffer = .allocate(byteCount: Self.readBytes, alignment: 64)
        staging = .allocate(byteCount: Self.recordBytes, alignment: 64)
        epoll = gatehouse_epoll_create()
        wakeDescriptor = gatehouse_eventfd()
        guard epoll >= 0, wakeDescriptor >= 0 else { throw SystemFault("epoll", errno) }
        guard gatehouse_epoll_add(epoll, wakeDescriptor, PollEvents.readable, nil) == 0 else {
            throw SystemFault("epoll", errno)
        }
        do {
            let started = try PlatformThread { [unowned self] in run() }
            thread.withLock { $0 = started }
        } catch {
            throw SystemFault("thread", error.code)
        }
    }

    deinit {
        readBuffer.deallocate()
        staging.deallocate()
        if epoll >= 0 { close(epoll) }
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
    }

    // MARK: - From any thread

    /// Runs `work` on the loop, after what was given before. False when the loop has stopped: the work is dropped.
    @discardableResult
    func execute(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isFirst: Bool? = inbox.withLock { inbox in
            guard !inbox.isStopped else { return nil }
            inbox.work.append(work)
            return inbox.work.count == 1
        }
        if isFirst == true { wake() }
        return isFirst != nil
    }

    /// Runs `work` on the loop after a time, unless it is cancelled before.
    @discardableResult
    func schedule(afterNanos delay: Int64, _ work: @escaping @Sendable () -> Void) -> TimerHandle {
        let handle = TimerHandle()
        let deadline = SteadyTime.after(max(0, delay), from: SteadyTime.nanos())
        if isCurrent {
            timers.add(TimerHeap.Entry(deadlineNanos: deadline, handle: handle, work: work))
        } else {
            execute { [unowned self] in
                timers.add(TimerHeap.Entry(deadlineNanos: deadline, handle: handle, work: work))
            }
        }
        return handle
    }

    /// Runs `body` on the loop and waits for it; nil when the loop has stopped. Not for the loop's own thread.
    func wait<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value? {
        let done = LoopResult<Value>()
        guard execute({ done.set(body()) }) else { return nil }
        return done.wait()
    }

    /// Whether this is the loop's thread.
    var isCurrent: Bool { identity.load(ordering: .relaxed) == Self.threadIdentity }

    /// Ends the thread after the work that was given; waits for it.
    func stop() {
        execute { [unowned self] in isRunning = false }
        thread.withLock { thread in
            let taken = thread
            thread = nil
            return taken
        }?.join()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(wakeDescriptor, &one, 8)
    }

    private static var threadIdentity: UInt { UInt(pthread_self()) }

    // MARK: - On the loop

    /// Reports events of a descriptor to `entry` from now on. False when the kernel refuses (errno).
    func watch(_ entry: PollEntry, descriptor: Int32, events: UInt32) -> Bool {
        let held = Unmanaged.passRetained(entry)
        if gatehouse_epoll_add(epoll, descriptor, events, held.toOpaque()) == 0 { return true }
        held.release()
        return false
    }

    /// No event reaches `entry` any more. `closesDescriptor`: by closing it, which is what ends a socket.
    func forget(_ entry: PollEntry, descriptor: Int32, closesDescriptor: Bool = true) {
        if closesDescriptor { close(descriptor) } else { _ = gatehouse_epoll_remove(epoll, descriptor) }
        forgotten.append(entry)
        Unmanaged.passUnretained(entry).release()
    }

    /// Calls `again` of the entry once, soon: what is left to do without a new event from the kernel.
    func goOn(_ entry: PollEntry) {
        guard !entry.isListed else { return }
        entry.isListed = true
        listed.append(entry)
    }

    private func run() {
        identity.store(Self.threadIdentity, ordering: .relaxed)
        let events = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.eventsAtOnce)
        let entries = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: Self.eventsAtOnce)
        defer {
            events.deallocate()
            entries.deallocate()
        }
        while isRunning {
            let count = gatehouse_epoll_wait(epoll, events, entries, Int32(Self.eventsAtOnce), waitNanos)
            var isWoken = false
            for index in 0..<max(0, Int(count)) {
                guard let entry = entries[index] else {
                    isWoken = true
                    continue
                }
                now = SteadyTime.nanos()
                // Held by its registration, and after that by `forgotten`.
                Unmanaged<PollEntry>.fromOpaque(entry)._withUnsafeGuaranteedRef { $0.ready(events[index]) }
                batch.flush()
            }
            now = SteadyTime.nanos()
            if isWoken { runWork() }
            runListed()
            runTimers()
            if !forgotten.isEmpty { forgotten.removeAll(keepingCapacity: true) }
        }
        finish()
    }

    /// Until something is to be done without an event; -1 when there is nothing.
    private var waitNanos: Int64 {
        guard listed.isEmpty else { return 0 }
        guard let next = timers.nextNanos else { return -1 }
        return max(0, next - SteadyTime.nanos())
    }

    private func runWork() {
        var counter: UInt64 = 0
        _ = read(wakeDescriptor, &counter, 8)
        let work = inbox.withLock { inbox in
            let taken = inbox.work
            inbox.work = []
            return taken
        }
        for piece in work {
            piece()
            batch.flush()
        }
    }

    /// Those that list themselves again wait for the next turn, after the kernel's events.
    private func runListed() {
        guard !listed.isEmpty else { return }
        let current = listed
        listed.removeAll(keepingCapacity: true)
        for entry in current {
            entry.isListed = false
            entry.again()
            batch.flush()
        }
    }

    private func runTimers() {
        while let entry = timers.takeDue(now: now) {
            if !entry.handle.isCancelled { entry.work() }
            batch.flush()
        }
    }

    /// Work that came too late is dropped, and nobody can give more.
    private func finish() {
        let rest = inbox.withLock { inbox in
            inbox.isStopped = true
            let taken = inbox.work
            inbox.work = []
            return taken
        }
        for piece in rest {
            piece()
            batch.flush()
        }
        forgotten.removeAll()
    }
}

/// What another thread waits for.
private final class LoopResult<Value: Sendable>: Sendable {
    private let outcome = Monitor<Value?>(nil)

    func set(_ value: Value) {
        outcome.withLock { $0 = value }
        outcome.changed()
    }

    func wait() -> Value {
        outcome.wait { value in
            if let value { return .done(value) }
            return .wait(nanos: 1_000_000_000)
        }
    }
}
