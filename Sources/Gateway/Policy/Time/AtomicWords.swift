import Synchronization

/// A fixed number of atomic words, all zero at first. Relaxed: they count and publish hints, they order nothing.
/// An index that does not exist reads as 0 and is not written. Part of its owner, so that the words are one step away.
struct AtomicWords: ~Copyable, @unchecked Sendable {
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    let count: Int

    init(_ count: Int) {
        self.count = max(0, count)
        words = .allocate(capacity: max(1, self.count))
        for index in 0..<self.count { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: count)
        words.deallocate()
    }

    @inline(__always)
    func load(_ index: Int) -> UInt64 {
        isValid(index) ? words[index].load(ordering: .relaxed) : 0
    }

    @inline(__always)
    func store(_ index: Int, _ value: UInt64) {
        if isValid(index) { words[index].store(value, ordering: .relaxed) }
    }

    /// Writes only what is not zero yet, so that the cache line stays shared.
    @inline(__always)
    func clear(_ index: Int) {
        if load(index) != 0 { store(index, 0) }
    }

    /// The new value.
    @inline(__always)
    func increment(_ index: Int) -> UInt64 {
        isValid(index) ? words[index].wrappingAdd(1, ordering: .relaxed).newValue : 0
    }

    /// Replaces what `update` makes of the old value; nil leaves it. Whether it was replaced.
    @inline(__always)
    func update(_ index: Int, _ update: (UInt64) -> UInt64?) -> Bool {
        guard isValid(index) else { return false }
        var old = words[index].load(ordering: .relaxed)
        while true {
            guard let new = update(old) else { return false }
            let (exchanged, original) = words[index].weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if exchanged { return true }
            old = original
        }
    }

    /// Where they are in memory; of them count the bytes.
    var memory: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: UnsafeRawPointer(words), count: count * MemoryLayout<Atomic<UInt64>>.stride)
    }

    @inline(__always)
    private func isValid(_ index: Int) -> Bool { index >= 0 && index < count }
}
