import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The thread that runs a ``LogWriter``, and a way to wait for its end with a deadline.
final class WriterThread: Sendable {
    private let writer: LogWriter
    private let isStarted = Atomic<Bool>(false)
    private let done = Atomic<Bool>(false)
    /// The thread closes its end of this pipe when it is done.
    private let doneRead: Int32
    private let doneWrite: Int32

    init(_ writer: LogWriter) throws(LogSinkError) {
        self.writer = writer
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw LogSinkError.system(call: "pipe", path: "", code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        doneRead = ends[0]
        doneWrite = ends[1]
    }

    deinit {
        close(doneRead)
        close(doneWrite)
    }

    func start() {
        guard !isStarted.exchange(true, ordering: .sequentiallyConsistent) else { return }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        let context = Unmanaged.passRetained(self).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, &attributes, threadMain, context)
        if code != 0 {
            Unmanaged<WriterThread>.fromOpaque(context).release()
            isStarted.store(false, ordering: .sequentiallyConsistent)
        }
    }

    /// Waits for the end of the thread; `false` if it still runs at that time of the steady clock.
    func wait(untilNanos deadline: Int64) -> Bool {
        // The thread keeps to the deadline itself; the grace is for its last steps.
        let grace: Int64 = 200_000_000
        while !done.load(ordering: .acquiring) {
            let left = deadline.subtractingReportingOverflow(SteadyClock.nanos()).partialValue
            guard left > -grace else { return false }
            var entry = pollfd(fd: doneRead, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, Int32(clamping: min((left + grace) / 1_000_000 + 1, 60_000)))
        }
        return true
    }

    fileprivate func main() {
        // Signals belong to the program's own threads; SIGPIPE would kill us for a reader that left.
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
        writer.run()
        done.store(true, ordering: .releasing)
        var byte: UInt8 = 1
        _ = write(doneWrite, &byte, 1)
    }
}

#if canImport(Darwin)
private func threadMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<WriterThread>.fromOpaque(context).takeRetainedValue().main()
    return nil
}
#else
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<WriterThread>.fromOpaque(context).takeRetainedValue().main()
    return nil
}
#endif
