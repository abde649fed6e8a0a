import Locking

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Numbers for threads, given out on first use and taken back when a thread ends; the same for all registries.
///
/// What a thread stored before it gave its number back is seen by the next holder, because both take the lock.
enum ThreadShards {
    private struct State: Sendable {
        /// The highest number ever given out.
        var highest = 0
        /// Numbers that were given back, in descending order.
        var free: [Int] = []
    }

    private static let state = Locked(State())

    /// The key under which each thread keeps its number; nil when the system has none left.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key) { ThreadShards.release($0) } == 0 ? key : nil
    }()

    /// The calling thread's shard.
    static var current: Shard {
        guard let key else { return .shared }
        guard let held = pthread_getspecific(key) else { return claim(key) }
        return shard(Int(bitPattern: held))
    }

    private static func shard(_ number: Int) -> Shard {
        number <= CellLayout.maxShards ? Shard(thread: number) : .shared
    }

    /// Gives the thread the lowest free number; one beyond the last when all are taken.
    @inline(never)
    private static func claim(_ key: pthread_key_t) -> Shard {
        let number = state.withLock { state in
            if let free = state.free.popLast() { return free }
            guard state.highest < CellLayout.maxShards else { return CellLayout.maxShards + 1 }
            state.highest += 1
            return state.highest
        }
        guard pthread_setspecific(key, UnsafeRawPointer(bitPattern: number)) == 0 else {
            give(back: number)
            return .shared
        }
        return shard(number)
    }

    private static func release(_ held: UnsafeMutableRawPointer?) {
        give(back: Int(bitPattern: held))
    }

    private static func give(back number: Int) {
        guard number >= 1, number <= CellLayout.maxShards else { return }
        state.withLock { state in
            let place = state.free.firstIndex { $0 < number } ?? state.free.count
            state.free.insert(number, at: place)
        }
    }
}
