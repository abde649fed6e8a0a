/// From a tenant's bytes to its metric children, on one event loop: no lock, no `String` once a tenant is known.
///
/// Open addressing; at most as many entries as there are tenant labels, and the table is at least twice that size.
/// Hot path: benchmark `gateway`.
final class TenantCache {
    let none: TenantMeters
    let other: TenantMeters
    private let labels: TenantLabels
    private let metrics: GatewayMetricSet
    private var slots: [TenantMeters?]
    private var used = 0
    private let mask: Int

    init(labels: TenantLabels, metrics: GatewayMetricSet) {
        self.labels = labels
        self.metrics = metrics
        none = TenantMeters(label: TenantLabels.none, metrics: metrics)
        other = TenantMeters(label: TenantLabels.other, metrics: metrics)
        var size = 16
        while size < (labels.capacity + 1) * 2 { size *= 2 }
        slots = Array(repeating: nil, count: size)
        mask = size - 1
    }

    /// The children of the tenant whose id stands at `id`.
    func meters(_ bytes: Span<UInt8>, _ id: ByteSlice) -> TenantMeters {
        let hash = ByteHash.hash(bytes, id)
        var index = Int(truncatingIfNeeded: hash) & mask
        while let meters = slots[index] {
            if meters.hash == hash, meters.matches(bytes, id) { return meters }
            index = (index + 1) & mask
        }
        return admit(bytes, id, hash, at: index)
    }

    private func admit(_ bytes: Span<UInt8>, _ id: ByteSlice, _ hash: UInt64, at index: Int) -> TenantMeters {
        var copy: [UInt8] = []
        for offset in id.lower..<id.upper { copy.append(bytes[offset]) }
        let label = labels.label(for: String(decoding: copy, as: UTF8.self))
        guard label != TenantLabels.other, used < labels.capacity else { return other }
        let meters = TenantMeters(label: label, id: copy, hash: hash, metrics: metrics)
        slots[index] = meters
        used += 1
        return meters
    }

    /// After the cells changed: their ordinals mean other cells now.
    func forgetCells() {
        none.forgetCells()
        other.forgetCells()
        for meters in slots { meters?.forgetCells() }
    }
}

/// A hash of short outside bytes for tables of bounded size: FNV-1a with a finaliser.
enum ByteHash {
    @inline(__always)
    static func hash(_ bytes: Span<UInt8>, _ slice: ByteSlice) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in slice.lower..<slice.upper { hash = step(hash, bytes[index]) }
        return finish(hash)
    }

    static func hash(_ bytes: [UInt8]) -> UInt64 {
        finish(bytes.reduce(0xCBF2_9CE4_8422_2325) { step($0, $1) })
    }

    @inline(__always)
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    @inline(__always)
    private static func finish(_ hash: UInt64) -> UInt64 {
        let mixed = (hash ^ (hash &>> 32)) &* 0x9E37_79B9_7F4A_7C15
        return mixed ^ (mixed &>> 29)
    }
}
