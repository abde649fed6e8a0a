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
        fold(words.low ^ first, words.high ^ state ^ UInt64(truncatingIfNeeded: words.count))
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
        var state = start ^ UInt64(truncatingIfNeeded: count)
        var position = 0
        while position < count &- 16 {
            state = fold(pair: base + position, state)
            position &+= 16
        }
        return fold(pair: base + (count &- 16), state)
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
        if count >= 8 {
            low = base.loadUnaligned(as: UInt64.self)
            high = base.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        } else if count >= 4 {
            low = UInt64(base.loadUnaligned(as: UInt32.self))
            high = UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
        } else {
            let middle = UInt64(base.load(fromByteOffset: count / 2, as: UInt8.self))
            let last = UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
            low = UInt64(base.load(as: UInt8.self)) | middle << 8 | last << 16
            high = 0
        }
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
