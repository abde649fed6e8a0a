/// The share of an upstream that has become usable again: it grows in a straight line, so that cold caches and pools
/// are not hit by the full load. Per event loop; pure.
struct SlowStart: Equatable {
    static let full = 1_000

    private var startedAt: Int64?

    /// The upstream has become usable.
    mutating func begin(now: Int64) { startedAt = now }

    /// In thousandths of its full share.
    @inline(__always)
    mutating func permille(_ settings: SlowStartSettings, now: Int64) -> Int {
        guard let startedAt else { return Self.full }
        let elapsed = max(0, now.subtractingClamped(startedAt))
        guard elapsed < settings.durationNanos else {
            self.startedAt = nil
            return Self.full
        }
        let start = Double(settings.startPercent) / 100
        let fraction = start + (1 - start) * Double(elapsed) / Double(settings.durationNanos)
        return max(1, Int(fraction * Double(Self.full)))
    }
}
