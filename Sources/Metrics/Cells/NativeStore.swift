import Synchronization

/// The native histogram of one shard: a header and a hash table of populated buckets, in one block of memory.
///
/// Words: see ``Word``; then pairs of key and count. A key is never zero; an entry's place is its index modulo the
/// capacity, so neighbouring buckets are neighbours in memory and rarely collide.
///
/// One thread writes at a time (the shard's owner, or whoever holds the shared shard's lock), any thread reads. While
/// a block is in use its counts only grow and its entries only come; every other change is made in another block,
/// which then takes the place of this one. So a reader needs no lock: if the cell still leads to the block, and the
/// block has the same incarnation as before, then what was read in between belongs together.
struct NativeStore: @unchecked Sendable {
    enum Word {
        /// Changes when the block is put to another use.
        static let incarnation = 0
        /// The epoch in the upper half, 8 - schema in the lower.
        static let form = 1
        /// Entries minus one; belongs to the memory and never changes.
        static let mask = 2
        /// The bits of the zero threshold.
        static let threshold = 3
        static let zeros = 4
        /// The bits of the sum, NaN observations left out.
        static let sum = 5
        static let nans = 6
        static let populated = 7
        /// The first entry.
        static let entries = 8
    }

    let words: UnsafeMutablePointer<Atomic<UInt64>>

    init(words: UnsafeMutablePointer<Atomic<UInt64>>) { self.words = words }

    /// The block that a cell leads to; the lowest bit is the shared shard's lock.
    @inline(__always)
    init?(cell word: UInt64) {
        guard let words = UnsafeMutablePointer<Atomic<UInt64>>(bitPattern: UInt(truncatingIfNeeded: word & ~1)) else {
            return nil
        }
        self.words = words
    }

    /// What a cell holds that leads here.
    var address: UInt64 { UInt64(UInt(bitPattern: words)) }

    @inline(__always)
    func get(_ word: Int) -> UInt64 { words[word].load(ordering: .relaxed) }

    /// Stores such that whoever sees the new value also sees what was stored before, the incarnation above all.
    @inline(__always)
    func put(_ value: UInt64, _ word: Int) { words[word].store(value, ordering: .releasing) }

    @inline(__always)
    func add(_ amount: UInt64, _ word: Int) { put(get(word) &+ amount, word) }

    var capacity: Int { Int(truncatingIfNeeded: get(Word.mask)) + 1 }
    var epoch: UInt32 { UInt32(truncatingIfNeeded: get(Word.form) >> 32) }
    /// How many schemas coarser than 8.
    var shift: Int { Int(truncatingIfNeeded: get(Word.form) & 0xff) }
    var threshold: Double { Double(bitPattern: get(Word.threshold)) }
    var populated: Int { Int(truncatingIfNeeded: get(Word.populated)) }

    /// Starts over, empty.
    func start(epoch: UInt32, shift: Int, threshold: Double) {
        put(get(Word.incarnation) &+ 1, Word.incarnation)
        for entry in 0..<capacity {
            put(0, Word.entries + 2 * entry)
            put(0, Word.entries + 2 * entry + 1)
        }
        put(UInt64(epoch) << 32 | UInt64(shift), Word.form)
        put(threshold.bitPattern, Word.threshold)
        for word in [Word.zeros, Word.sum, Word.nans, Word.populated] { put(0, word) }
    }

    // MARK: Entries

    /// Indices are between -275,000 and 263,000.
    private static let bias = 1 << 20

    @inline(__always)
    static func key(index: Int, isNegative: Bool) -> UInt64 {
        UInt64(truncatingIfNeeded: index &+ bias) << 1 | (isNegative ? 1 : 0)
    }

    static func index(of key: UInt64) -> Int { Int(truncatingIfNeeded: key >> 1) - bias }

    static func isNegative(_ key: UInt64) -> Bool { key & 1 == 1 }

    /// Where to look first; negative buckets begin half a table away from the positive ones.
    @inline(__always)
    private static func home(_ key: UInt64, mask: UInt64) -> UInt64 {
        (key >> 1 &+ (0 &- (key & 1)) & (mask >> 1 &+ 1)) & mask
    }

    /// Counts one in a bucket that is populated; false when it is not.
    @inline(__always)
    func countOne(_ key: UInt64) -> Bool {
        let mask = get(Word.mask)
        var place = NativeStore.home(key, mask: mask)
        var left = mask
        while true {
            let entry = Word.entries &+ Int(truncatingIfNeeded: place) &* 2
            let found = get(entry)
            if found == key {
                add(1, entry &+ 1)
                return true
            }
            if found == 0 || left == 0 { return false }
            left &-= 1
            place = (place &+ 1) & mask
        }
    }

    /// The most entries of a table: a quarter stays free, or looking for what is not there would take long.
    static func room(capacity: Int) -> Int { capacity * 3 / 4 }

    /// Counts in a bucket, populated or not; false when there is no room for another one.
    func count(_ amount: UInt64, in key: UInt64) -> Bool {
        let mask = get(Word.mask)
        var place = NativeStore.home(key, mask: mask)
        for _ in 0...mask {
            let entry = Word.entries + Int(truncatingIfNeeded: place) * 2
            let found = get(entry)
            if found == key {
                add(amount, entry + 1)
                return true
            }
            if found == 0 {
                guard populated < NativeStore.room(capacity: capacity) else { return false }
                put(amount, entry + 1)
                put(key, entry)
                add(1, Word.populated)
                return true
            }
            place = (place + 1) & mask
        }
        return false
    }

    /// True when the bucket is populated.
    func holds(_ key: UInt64) -> Bool {
        var isHeld = false
        forEachEntry { found, _ in isHeld = isHeld || found == key }
        return isHeld
    }

    /// Adds to the sum.
    @inline(__always)
    func addToSum(_ value: Double) {
        put((Double(bitPattern: get(Word.sum)) + value).bitPattern, Word.sum)
    }

    /// Calls `body` with every populated bucket, in no order.
    @inline(__always)
    func forEachEntry(_ body: (_ key: UInt64, _ count: UInt64) -> Void) {
        for entry in 0..<capacity {
            let key = get(Word.entries + 2 * entry)
            if key != 0 { body(key, get(Word.entries + 2 * entry + 1)) }
        }
    }

    // MARK: Observing

    /// The word where the search for a positive value's bucket begins.
    func home(of value: Double, steps scale: ExponentialScale) -> Int {
        guard value.isNormal else { return Word.zeros }
        let shift = Int(truncatingIfNeeded: get(Word.form) & 0xff)
        let index = ExponentialScale.coarsened(scale.finestIndex(ofNormal: value.magnitude.bitPattern), by: shift)
        let key = NativeStore.key(index: index, isNegative: false)
        return Word.entries &+ Int(truncatingIfNeeded: NativeStore.home(key, mask: get(Word.mask))) &* 2
    }

    /// Counts an observation if that changes nothing but counts; false when the slow path must do it.
    @inline(__always)
    func observe(_ value: Double, epoch: UInt32, steps scale: ExponentialScale) -> Bool {
        let form = get(Word.form)
        guard UInt32(truncatingIfNeeded: form >> 32) == epoch else { return false }
        let bits = value.magnitude.bitPattern
        if bits <= get(Word.threshold) {
            add(1, Word.zeros)
        } else {
            // Subnormal numbers, infinity and NaN are left to the slow path.
            let smallest = Double.leastNormalMagnitude.bitPattern
            guard bits &- smallest < Double.infinity.bitPattern &- smallest else { return false }
            let index = ExponentialScale.coarsened(
                scale.finestIndex(ofNormal: bits), by: Int(truncatingIfNeeded: form & 0xff))
            let key = UInt64(truncatingIfNeeded: index &+ NativeStore.bias) << 1 | value.bitPattern >> 63
            guard countOne(key) else { return false }
        }
        addToSum(value)
        return true
    }
}
