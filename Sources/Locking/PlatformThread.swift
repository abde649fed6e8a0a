#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A thread of the operating system, for loops that block in system calls and therefore are no Swift tasks.
package final class PlatformThread: @unchecked Sendable {
    /// No thread could be started.
    package struct Fault: Error {
        /// `errno`.
        package let code: Int32
    }

    private let handle: pthread_t
    private let isJoined = Locked(false)

    /// Starts `body` on a new thread with all signals blocked, so that signals reach the main thread.
    package init(_ body: @escaping @Sendable () -> Void) throws(Fault) {
        let context = Unmanaged.passRetained(Start(body: body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, nil, { runThread($0) }, context.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        #if canImport(Darwin)
        guard code == 0, let thread else {
            context.release()
            throw Fault(code: code)
        }
        #else
        guard code == 0 else {
            context.release()
            throw Fault(code: code)
        }
        #endif
        handle = thread
    }

    /// Waits until the body has returned.
    package func join() { if claim() { pthread_join(handle, nil) } }

    /// Leaves the thread to itself: it may hang in a system call, and its memory goes when it ends.
    package func detach() { if claim() { pthread_detach(handle) } }

    private func claim() -> Bool {
        isJoined.withLock { isJoined in
            defer { isJoined = true }
            return !isJoined
        }
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
