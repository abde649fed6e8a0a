import Locking

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Independent pieces of work on several threads, with the results in the order of the pieces.
enum ParallelMap {
    /// A thread's stack: expressions may nest deep, and some platforms give threads very little.
    private static let stackBytes = 16 << 20

    /// Calls `body` with `0..<count`, on this thread and at most `workers - 1` others.
    static func run<Result: Sendable>(
        count: Int, workers: Int, _ body: @escaping @Sendable (Int) -> Result
    ) -> [Result] {
        guard workers > 1, count > 1 else { return (0..<count).map(body) }
        let results = ParallelResults<Result>(count: count)
        let work: @Sendable () -> Void = {
            while let index = results.next() { results.set(index, body(index)) }
        }
        let threads = (1..<min(workers, count)).compactMap { _ in start(work) }
        work()
        for thread in threads { pthread_join(thread, nil) }
        // Every index was handed out before the threads ended, so nothing is missing.
        return results.all
    }

    /// The processors of this machine.
    static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Nil when there is no thread to be had; the others then do its share.
    private static func start(_ work: @escaping @Sendable () -> Void) -> pthread_t? {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackBytes)
        defer { pthread_attr_destroy(&attributes) }
        let context = Unmanaged.passRetained(ParallelWork(work)).toOpaque()
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, &attributes, parallelMain, context)
        if code == 0 { return thread }
        Unmanaged<ParallelWork>.fromOpaque(context).release()
        return nil
    }
}

/// What a thread is to do.
private final class ParallelWork: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

#if canImport(Darwin)
private func parallelMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ParallelWork>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
#else
private func parallelMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<ParallelWork>.fromOpaque(context).takeRetainedValue().run() }
    return nil
}
#endif

/// Hands out indices and takes results.
private final class ParallelResults<Result: Sendable>: Sendable {
    private struct State: Sendable {
        var handedOut = 0
        var results: [Result?]
    }

    private let state: Locked<State>
    private let count: Int

    init(count: Int) {
        self.count = count
        state = Locked(State(results: Array(repeating: nil, count: count)))
    }

    func next() -> Int? {
        let count = count
        return state.withLock { state in
            guard state.handedOut < count else { return nil }
            state.handedOut += 1
            return state.handedOut - 1
        }
    }

    func set(_ index: Int, _ result: Result) { state.withLock { $0.results[index] = result } }

    var all: [Result] { state.withLock { $0.results.compactMap(\.self) } }
}
