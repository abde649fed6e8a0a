#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A value behind a pthread mutex whose changes threads can sleep for: a mutex with a condition.
///
/// Not recursive: a closure must not lock the same value again.
public struct Monitor<Value>: ~Copyable, @unchecked Sendable {
    /// What a thread that has looked at the value does next.
    public enum Look<Result> {
        /// It is done.
        case done(Result)
        /// It looks again after a change, after this time, or without a reason.
        case wait(nanos: UInt64)
    }

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private let value: UnsafeMutablePointer<Value>

    /// Starts with a value, which nothing else may reach from now on.
    public init(_ initial: sending Value) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        #if canImport(Darwin)
        pthread_cond_init(condition, nil)
        #else
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
        value = .allocate(capacity: 1)
        value.initialize(to: initial)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value while no other thread does. Wakes nobody.
    public func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }

    /// Wakes all who wait. Cheap when nobody does.
    public func changed() { pthread_cond_broadcast(condition) }

    /// Runs `look` until it is done, and lets go of the value while it waits.
    public func wait<Result, Failure: Error>(
        _ look: (inout Value) throws(Failure) -> Look<Result>
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            switch try look(&value.pointee) {
            case .done(let result): return result
            case .wait(let nanos): sleep(nanos)
            }
        }
    }

    private func sleep(_ nanos: UInt64) {
        // A day is for ever here; what is added to the clock must not overflow.
        let nanos = min(nanos, 86_400_000_000_000)
        var time = timespec(tv_sec: Int(nanos / 1_000_000_000), tv_nsec: Int(nanos % 1_000_000_000))
        #if canImport(Darwin)
        pthread_cond_timedwait_relative_np(condition, mutex, &time)
        #else
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let fraction = now.tv_nsec + time.tv_nsec
        time = timespec(
            tv_sec: now.tv_sec + time.tv_sec + fraction / 1_000_000_000, tv_nsec: fraction % 1_000_000_000)
        pthread_cond_timedwait(condition, mutex, &time)
        #endif
    }
}
