/// Bounds a cell's retries by a share of its requests in a sliding window (after Finagle's RetryBudget), so that an
/// outage is not made worse by what was meant to hide it: at sustained load the cell gets at most 1.2 attempts for a
/// request. Shared by all loops: the minimum is meant for cells with few requests, and a part of it for each loop
/// would be next to nothing.
///
/// The window is a ring of ten buckets, each one atomic word: the bucket's number (24 bits), requests and retries
/// (20 bits each, saturating). A request costs one compare-and-exchange. Loops that ask at the same instant may take
/// one retry each over the bound.
final class RetryBudget: Sendable {
    private static let buckets = 10
    private static let mask: UInt64 = 0xF_FFFF

    private let words = AtomicWords(RetryBudget.buckets)
    private let bucketNanos: UInt64
    private let settings: RetryBudgetSettings

    init(_ settings: RetryBudgetSettings = RetryBudgetSettings()) {
        self.settings = settings.clamped()
        bucketNanos = UInt64(self.settings.windowNanos) / UInt64(Self.buckets)
    }

    /// A request's first attempt.
    @inline(__always)
    func noteRequest(now: Int64) { add(requests: 1, retries: 0, now: now) }

    /// Takes a retry out of the budget; false when it is used up. Ask last, when all else speaks for the retry.
    func takeRetry(now: Int64) -> Bool {
        let (requests, retries) = counts(now: now)
        guard retries < allowance(requests) else { return false }
        add(requests: 0, retries: 1, now: now)
        return true
    }

    private func allowance(_ requests: Int) -> Int {
        let seconds = Int(settings.windowNanos / 1_000_000_000)
        return max(requests * settings.percent / 100, settings.minPerSecond * seconds)
    }

    /// Requests and retries of the window that ends with the current bucket.
    func counts(now: Int64) -> (requests: Int, retries: Int) {
        let number = bucket(now)
        var requests = 0
        var retries = 0
        for index in 0..<Self.buckets {
            let word = words.load(index)
            guard abs(age(of: word, at: number)) < Self.buckets else { continue }
            requests += Int(word &>> 20 & Self.mask)
            retries += Int(word & Self.mask)
        }
        return (requests, retries)
    }

    /// What a request touches.
    func list(_ parts: inout PrefetchList) {
        parts.add(self, bytes: 40)
        parts.add(words.memory)
    }

    @inline(__always)
    private func add(requests: UInt64, retries: UInt64, now: Int64) {
        let number = bucket(now)
        _ = words.update(Int(number % UInt64(Self.buckets))) { old in
            let age = age(of: old, at: number)
            let isCurrent = age == 0
            // Another loop's clock was ahead by a little. By more than a window means that the number wrapped around.
            if age < 0, age > -2 * Self.buckets { return nil }
            let oldRequests = isCurrent ? old &>> 20 & Self.mask : 0
            let oldRetries = isCurrent ? old & Self.mask : 0
            return (number & 0xFF_FFFF) &<< 40 | min(oldRequests + requests, Self.mask) &<< 20
                | min(oldRetries + retries, Self.mask)
        }
    }

    @inline(__always)
    private func bucket(_ now: Int64) -> UInt64 { UInt64(max(0, now)) / bucketNanos }

    /// In buckets, by 24 bits of the number; negative for one that is ahead.
    @inline(__always)
    private func age(of word: UInt64, at number: UInt64) -> Int {
        let difference = UInt32(truncatingIfNeeded: number) &- UInt32(truncatingIfNeeded: word &>> 40)
        return Int(Int32(bitPattern: difference &<< 8) >> 8)
    }
}
