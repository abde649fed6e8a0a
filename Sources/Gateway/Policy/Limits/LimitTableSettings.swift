/// The size of a table of limited tenants or addresses.
public struct LimitTableSettings: Sendable, Hashable {
    /// Keys that are remembered, over all event loops, 16 bytes each whatever keys come; 64 to 16,777,216, rounded up
    /// to a power of two.
    public var keys: Int
    /// Parts with a lock of their own; 1 to 256, rounded up to a power of two.
    public var shards: Int

    /// 65,536 keys (1 MiB) in 16 parts.
    public init(keys: Int = 65_536, shards: Int = 16) {
        self.keys = keys
        self.shards = shards
    }

    /// The next larger powers of two within the limits.
    func clamped() -> LimitTableSettings {
        let shards = Self.powerOfTwo(self.shards.clamped(1...256))
        let keys = Self.powerOfTwo(self.keys.clamped(64...16_777_216))
        return LimitTableSettings(keys: max(keys, shards * 8), shards: shards)
    }

    private static func powerOfTwo(_ value: Int) -> Int {
        var power = 1
        while power < value { power *= 2 }
        return power
    }
}
