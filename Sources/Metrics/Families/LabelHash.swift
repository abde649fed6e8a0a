/// A hash of label values under secrets of this process, so that nobody outside can choose values that collide.
///
/// Hot path: every ``Family/bind(_:)`` hashes its values. The secrets are kept where the hash is used, so that no lazy
/// global stands in the way. Sixteen bytes at a time are folded by a 128-bit product, after the idea of wyhash; a
/// value's length goes in too, so that values which join to the same text differ.
struct LabelHash: Sendable {
    private let first: UInt64
    private let second: UInt64

    /// The secrets of this process.
    static let process = LabelHash()

    init() {
        var generator = SystemRandomNumberGenerator()
        first = generator.next() | 1
        second = generator.next() | 1
    }

    /// The state before the first value.
    @inline(__always)
    var start: UInt64 { second }

    /// The state after one more value of at most 16 bytes, given by its ``ValueWords``.
    @inline(__always)
    func adding(_ words: ValueWords, to state: UInt64) -> UInt64 {
        lengthen(fold(words.low ^ first, words.high ^ state), by: words.count)
    }

    /// The state after one more value of any length.
    @inline(__always)
    func adding(_ bytes: UnsafeRawBufferPointer, to state: UInt64) -> UInt64 {
        guard bytes.count > ValueWords.maxBytes, let base = bytes.baseAddress else {
            return adding(ValueWords(bytes), to: state)
        }
        return addingLong(base, count: bytes.count, to: state)
    }

    private func addingLong(_ base: UnsafeRawPointer, count: Int, to start: UInt64) -> UInt64 {
        var state = start
        var position = 0
        while position < count &- 16 {
            state = fold(pair: base + position, state)
            position &+= 16
        }
        return lengthen(fold(pair: base + (count &- 16), state), by: count)
    }

    /// Mixes a length in behind the bytes, where it cannot undo a difference between them that somebody chose.
    @inline(__always)
    private func lengthen(_ state: UInt64, by count: Int) -> UInt64 {
        state &+ UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    }

    /// The hash, all of whose bits are good.
    @inline(__always)
    func finish(_ state: UInt64) -> UInt64 { fold(state ^ first, second) }

    /// The hash of a packed key (``LabelKey``).
    func hash(ofKey key: UnsafeRawBufferPointer) -> UInt64 {
        var state = start
        LabelKey.forEachValue(of: key) { state = adding(UnsafeRawBufferPointer($0), to: state) }
        return finish(state)
    }

    @inline(__always)
    private func fold(pair base: UnsafeRawPointer, _ state: UInt64) -> UInt64 {
        let low = base.loadUnaligned(as: UInt64.self)
        let high = base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        return fold(low ^ first, high ^ state)
    }

    @inline(__always)
    private func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}

/// Up to sixteen bytes in two words: with the length they say which bytes these are.
struct ValueWords: Equatable {
    /// The most bytes that fit.
    static let maxBytes = 16

    let low: UInt64
    let high: UInt64
    let count: Int

    /// The words of `bytes`, which are at most ``maxBytes``.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer) {
        count = bytes.count
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            low = 0
            high = 0
            return
        }
        low = ValueWords.word(base, count: min(count, 8))
        high = count > 8 ? ValueWords.word(base + 8, count: count &- 8) : 0
    }

    /// One to eight bytes as a word.
    ///
    /// A small string's bytes were stored just now, as two words. A load across both would have to wait for the stores;
    /// so each half is read for itself.
    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, count: Int) -> UInt64 {
        if count >= 8 { return base.loadUnaligned(as: UInt64.self) }
        if count >= 4 {
            let head = base.loadUnaligned(as: UInt32.self)
            let tail = base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return UInt64(head) | UInt64(tail) << 32
        }
        let middle = UInt64(base.load(fromByteOffset: count / 2, as: UInt8.self))
        let last = UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
        return UInt64(base.load(as: UInt8.self)) | middle << 8 | last << 16
    }
}

extension ValueWords {
    /// Stands for a longer value.
    @inline(__always)
    init(longOf count: Int) {
        low = 0
        high = 0
        self.count = count
    }
}
