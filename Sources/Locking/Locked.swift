#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A value behind a pthread mutex, for state that several threads want.
///
/// Not `Synchronization.Mutex` (docs/adr/0003): on Linux that one hands the lock over to a sleeping waiter (priority
/// inheritance), so with more busy threads than processors every hand-over waits for the scheduler, and the kernel does
/// the hand-over, which thread sanitizer cannot see. Not recursive: `body` must not lock the same value again.
public struct Locked<Value>: ~Copyable, @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    /// Behind the mutex in the same piece of memory: whoever takes the one needs the other.
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// Starts with a value, which nothing else may reach from now on.
    @inlinable
    public init(_ initial: sending Value) {
        let alignment = max(MemoryLayout<pthread_mutex_t>.alignment, MemoryLayout<Value>.alignment)
        let offset = (MemoryLayout<pthread_mutex_t>.size + alignment - 1) / alignment * alignment
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: offset + MemoryLayout<Value>.size, alignment: alignment)
        mutex = memory.initializeMemory(as: pthread_mutex_t.self, to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        value = (memory + offset).initializeMemory(as: Value.self, to: initial)
    }

    /// Where both are, to be asked for ahead of time.
    package var address: UnsafeRawPointer { UnsafeRawPointer(mutex) }

    @inlinable
    deinit {
        value.deinitialize(count: 1)
        pthread_mutex_destroy(mutex)
        UnsafeMutableRawPointer(mutex).deallocate()
    }

    /// Runs `body` with the value while no other thread does.
    @inlinable
    public func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}
