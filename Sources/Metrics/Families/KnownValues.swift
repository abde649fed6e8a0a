import Synchronization

/// Which values each label of a family has had, about: a bit for the hash of each value.
///
/// Answers for a label set that doesn't fit which of its labels is to blame. A value that was never there is found out
/// in at least three of four cases even when the family is full of different ones; a mistake only means that another
/// label loses its value. A value whose series are gone stays known until the next collection, which comes when there
/// were about as many removals as the family has places.
final class KnownValues: @unchecked Sendable {
    private let labels: Int
    private let bitsPerLabel: Int
    private let hash: LabelHash
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    /// Of each label, how many bits are set.
    private let widths: UnsafeMutablePointer<Atomic<Int>>
    private let completed = Atomic<Bool>(false)
    /// The index's version when the collection began.
    private let version = Atomic<UInt64>(0)
    /// Changes of the index after which it is time for another one.
    private let changesToKeep: UInt64

    init(labels: Int, limit: Int, hash: LabelHash) {
        self.labels = min(labels, KnownValues.maxLabels)
        self.hash = hash
        bitsPerLabel = KnownValues.bits(limit: limit)
        // A removal and the creation that follows count twice each.
        changesToKeep = 4 * UInt64(min(max(limit, 256), 1 << 40))
        let count = self.labels * bitsPerLabel / 64
        words = .allocate(capacity: count)
        for index in 0..<count { (words + index).initialize(to: Atomic(0)) }
        widths = .allocate(capacity: self.labels)
        for index in 0..<self.labels { (widths + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deallocate()
        widths.deallocate()
    }

    /// The most labels a family may have; one bit each in a set.
    static let maxLabels = 64

    /// Bits of one label: a power of two, at least four times the limit up to a million series.
    private static func bits(limit: Int) -> Int {
        let wanted = UInt64(min(max(limit, 16), 1 << 20)) * 4
        return 1 << (64 - (wanted - 1).leadingZeroBitCount)
    }

    /// Bytes that it takes.
    static func byteBound(labels: Int, limit: Int) -> Int { labels * (bits(limit: limit) / 8 + 8) }

    /// True when the values of all series are in it.
    var isComplete: Bool { completed.load(ordering: .acquiring) }

    /// True when so much changed since the collection that many of the values may be gone.
    func isStale(at version: UInt64) -> Bool {
        // Another thread may have collected at a newer version.
        let changes = Int64(bitPattern: version &- self.version.load(ordering: .relaxed))
        return changes > Int64(clamping: changesToKeep)
    }

    /// Collects the values anew; `forEachKey` gives those of all series. Does nothing while another thread is at it.
    ///
    /// Series that are made meanwhile add themselves, and are among the given ones if they did so too early.
    func collect(again: Bool, at version: UInt64, forEachKey: ((UnsafeRawBufferPointer) -> Void) -> Void) {
        if again {
            guard completed.compareExchange(expected: true, desired: false, ordering: .acquiringAndReleasing).exchanged
            else { return }
            for word in 0..<(labels * bitsPerLabel / 64) { words[word].store(0, ordering: .relaxed) }
            for label in 0..<labels { widths[label].store(0, ordering: .relaxed) }
        }
        self.version.store(version, ordering: .relaxed)
        forEachKey { add($0) }
        completed.store(true, ordering: .releasing)
    }

    /// Adds the values of a series.
    func add(_ key: UnsafeRawBufferPointer) {
        forEachBit(of: key) { label, word, bit in
            let old = words[word].load(ordering: .relaxed)
            if old & bit == 0, words[word].bitwiseOr(bit, ordering: .relaxed).oldValue & bit == 0 {
                widths[label].wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    /// The labels, as bits, whose values no series had; when all are known, the label with the most values. None of
    /// them is in `kept`; 0 when there is no other.
    func labelsToReplace(in key: UnsafeRawBufferPointer, keeping kept: UInt64 = 0) -> UInt64 {
        var unknown: UInt64 = 0
        forEachBit(of: key) { label, word, bit in
            if words[word].load(ordering: .relaxed) & bit == 0 { unknown |= 1 << UInt64(label) }
        }
        if unknown & ~kept != 0 { return unknown & ~kept }
        let others = (labels < 64 ? 1 << UInt64(labels) - 1 : UInt64.max) & ~kept
        return others == 0 ? 0 : 1 << UInt64(widest(of: others))
    }

    /// Of a set of labels, the one with the most values.
    func widest(of set: UInt64) -> Int {
        var widest = min(set.trailingZeroBitCount, labels - 1)
        for label in 0..<labels where set >> UInt64(label) & 1 == 1 {
            if widths[label].load(ordering: .relaxed) > widths[widest].load(ordering: .relaxed) { widest = label }
        }
        return widest
    }

    @inline(__always)
    private func forEachBit(of key: UnsafeRawBufferPointer, _ body: (_ label: Int, _ word: Int, _ bit: UInt64) -> Void)
    {
        var label = 0
        LabelKey.forEachValue(of: key) { value in
            guard label < labels else { return }
            let hash = hash.finish(hash.adding(UnsafeRawBufferPointer(value), to: hash.start))
            let position = label * bitsPerLabel + Int(truncatingIfNeeded: hash & UInt64(bitsPerLabel - 1))
            body(label, position / 64, 1 << UInt64(position % 64))
            label += 1
        }
    }
}

/// A place for ``KnownValues`` that is set once; read without a lock.
///
/// Like `AtomicLazyReference`, which is not specialized and costs several lookups of metadata at each reading.
struct KnownValuesReference: ~Copyable, Sendable {
    /// The address of the retained object, or 0.
    private let address = Atomic<UInt>(0)

    deinit {
        KnownValuesReference.object(address.load(ordering: .acquiring))?.release()
    }

    /// What was set.
    @inline(__always)
    func load() -> KnownValues? {
        KnownValuesReference.object(address.load(ordering: .acquiring))?.takeUnretainedValue()
    }

    /// Sets `values` unless something was set before; returns what is set then.
    func storeIfNil(_ values: KnownValues) -> KnownValues {
        let mine = Unmanaged.passRetained(values)
        let (exchanged, original) = address.compareExchange(
            expected: 0, desired: UInt(bitPattern: mine.toOpaque()), ordering: .acquiringAndReleasing)
        if exchanged { return values }
        mine.release()
        return KnownValuesReference.object(original)?.takeUnretainedValue() ?? values
    }

    @inline(__always)
    private static func object(_ address: UInt) -> Unmanaged<KnownValues>? {
        UnsafeRawPointer(bitPattern: address).map { Unmanaged.fromOpaque($0) }
    }
}
