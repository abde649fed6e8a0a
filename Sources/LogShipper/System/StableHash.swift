/// A 64-bit hash that is the same in every version and on every machine, because checkpoints hold it.
///
/// FNV-1a over the bytes, then the finaliser of SplitMix64 so that all output bits depend on all input bits.
struct StableHash {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ byte: UInt8) {
        state ^= UInt64(byte)
        state &*= 0x100_0000_01b3
    }

    /// The hash of the bytes so far; more may follow.
    var value: UInt64 {
        var hash = state
        hash ^= hash >> 30
        hash &*= 0xbf58_476d_1ce4_e5b9
        hash ^= hash >> 27
        hash &*= 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }

    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = StableHash()
        for byte in bytes { hash.add(byte) }
        return hash.value
    }
}
