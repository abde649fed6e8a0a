import Locking
import Synchronization

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

    /// The key under which each thread keeps its number, plus 1; 0 before it was made.
    ///
    /// Not a lazy constant: those cost a call to see whether they were made.
    private static let key = Atomic<UInt64>(0)

    /// Makes the key once; nil when the system has none left.
    private static let madeKey: pthread_key_t? = {
        var made = pthread_key_t()
        guard pthread_key_create(&made, { ThreadShards.release($0) }) == 0 else { return nil }
        key.store(UInt64(made) + 1, ordering: .releasing)
        return made
    }()

    /// The calling thread's shard.
    static var current: Shard {
        let known = key.load(ordering: .acquiring)
        if known > 0, let held = pthread_getspecific(pthread_key_t(truncatingIfNeeded: known &- 1)) {
            return shard(Int(bitPattern: held))
        }
        guard let key = madeKey else { return .shared }
        return claim(key)
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
