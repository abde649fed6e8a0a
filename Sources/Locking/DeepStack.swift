#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Runs deep recursion on a thread of its own with a large stack, while the caller waits.
///
/// A thread may have as little as 128 KiB of stack, and an unoptimised build needs 20 KiB for a level of brackets. So
/// whatever recurses over outside input goes on here after a few levels, and shallow input pays nothing.
package enum DeepStack {
    /// Address space of a thread's stack; memory is only used for what is touched.
    static let bytes = 16 << 20

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Calls `body` on another thread and waits for it; nil when there is no thread to be had.
    package static func run<Value, Failure: Error>(_ body: () throws(Failure) -> Value) -> Result<Value, Failure>? {
        var outcome: Result<Value, Failure>?
        withoutActuallyEscaping(body) { body in
            let work = Unmanaged.passRetained(Work { outcome = Result(catching: body) })
            if let thread = start(work.toOpaque()) { pthread_join(thread, nil) } else { work.release() }
        }
        return outcome
    }

    private static func start(_ work: UnsafeMutableRawPointer) -> pthread_t? {
        withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { buffer in
            guard let attributes = buffer.baseAddress, pthread_attr_init(attributes) == 0 else { return nil }
            defer { pthread_attr_destroy(attributes) }
            if pthread_attr_setstacksize(attributes, bytes) != 0 { return nil }
            #if canImport(Darwin)
            var thread: pthread_t?
            #else
            var thread = pthread_t()
            #endif
            return pthread_create(&thread, attributes, { DeepStack.finish($0) }, work) == 0 ? thread : nil
        }
    }

    private static func finish(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
        return nil
    }
}
