#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A thread of the operating system. The shipper's loops block in system calls, so they are no Swift tasks.
final class PlatformThread {
    private var handle = pthread_t()
    private var isJoined = false

    /// Starts `body` on a new thread with all signals blocked, so that signals reach the main thread. `name` is for errors.
    init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let context = Unmanaged.passRetained(Start(body: body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        let code = pthread_create(&handle, nil, runThread, context.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard code == 0 else {
            context.release()
            throw SystemError("pthread_create", name, code: code)
        }
    }

    /// Waits until the body has returned.
    func join() {
        guard !isJoined else { return }
        isJoined = true
        pthread_join(handle, nil)
    }

    /// Leaves the thread to itself: it may hang in a system call, and its memory goes when it ends.
    func detach() {
        guard !isJoined else { return }
        isJoined = true
        pthread_detach(handle)
    }

    fileprivate final class Start {
        let body: @Sendable () -> Void
        init(body: @escaping @Sendable () -> Void) { self.body = body }
    }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let start = Unmanaged<PlatformThread.Start>.fromOpaque(context).takeRetainedValue()
    start.body()
    return nil
}
