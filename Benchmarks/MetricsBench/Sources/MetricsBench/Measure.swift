import Glibc
import MallocCount

/// CPU time of the calling thread, in nanoseconds.
func threadCPUNanos() -> UInt64 { nanos(CLOCK_THREAD_CPUTIME_ID) }

private func nanos(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// One line of the report: `name TAB value`.
func report(_ name: some StringProtocol, _ value: Double) {
    print("\(name)\t\(value)")
    fflush(nil)
}

/// The middle of five rounds, in CPU nanoseconds of this thread per call; `body` makes `count` calls.
func perCall(_ count: Int, rounds: Int = 5, _ body: () -> Void) -> Double {
    var results: [Double] = []
    for _ in 0..<rounds {
        let start = threadCPUNanos()
        body()
        results.append(Double(threadCPUNanos() - start) / Double(count))
    }
    return results.sorted()[rounds / 2]
}

/// Allocations of this thread while `body` runs.
func allocations(_ body: () -> Void) -> Double {
    let start = malloc_count()
    body()
    return Double(malloc_count() - start)
}

/// Runs `body(0)`, `body(1)` … in `threads` threads at once; the slowest one's CPU nanoseconds per call.
func perCallInThreads(_ threads: Int, _ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Double {
    var results: [Double] = []
    for _ in 0..<5 {
        let times = UnsafeMutablePointer<UInt64>.allocate(capacity: threads)
        defer { times.deallocate() }
        var running: [pthread_t] = []
        for index in 0..<threads {
            let task = Task(index: index, time: times + index, body: body)
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    let task = Unmanaged<Task>.fromOpaque(context).takeRetainedValue()
                    let start = threadCPUNanos()
                    task.body(task.index)
                    task.time.pointee = threadCPUNanos() - start
                    return nil
                }, Unmanaged.passRetained(task).toOpaque())
            running.append(thread)
        }
        for thread in running { pthread_join(thread, nil) }
        results.append(Double((0..<threads).map { times[$0] }.max() ?? 0) / Double(count))
    }
    return results.sorted()[2]
}

private final class Task {
    let index: Int
    let time: UnsafeMutablePointer<UInt64>
    let body: @Sendable (Int) -> Void

    init(index: Int, time: UnsafeMutablePointer<UInt64>, body: @escaping @Sendable (Int) -> Void) {
        self.index = index
        self.time = time
        self.body = body
    }
}

/// Resident memory of this process in bytes.
func residentBytes() -> Double {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var pages = (0, 0)
    withUnsafeMutablePointer(to: &pages.0) { size in
        withUnsafeMutablePointer(to: &pages.1) { resident in
            _ = withVaList([size, resident]) { vfscanf(file, "%ld %ld", $0) }
        }
    }
    return Double(pages.1) * Double(getpagesize())
}
