#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A small number for each tenant, so that the rest of the shipper compares integers.
typealias TenantID = UInt32

// Hot path: `find` runs once a line. Measured by `scripts/bench shipper`.
// Invariants: `mask + 1` is the number of slots, a power of two, at most half of them taken, so a probe always meets an
// empty slot; a slot's id is below `names.count`; the arena is never moved, because every name has its own memory.

/// Interns tenant ids: open addressing on a finalised hash, which is compared before the bytes.
///
/// How many there are at a time is bounded. Beyond that, lines belong to the overflow tenant, and no number is given out
/// until nothing of it is left: whoever got one earlier would miss lines of its own that wait under the overflow.
final class TenantTable {
    private struct Slot {
        var hash: UInt64
        var name: UnsafeMutableRawPointer?
        var count: UInt32
        var id: TenantID
    }

    /// The id of the default tenant, whose name is the configuration's and need not follow the rule.
    static let defaultID: TenantID = 0

    /// The tenant of lines whose own one finds no room; it breaks the rule, so no line can name it.
    static let overflowName = "_overflow"

    private(set) var names: [String]
    /// The overflow's number, once there was one; until then one that nobody has.
    private(set) var overflowID = TenantID.max
    /// No numbers are given out for now.
    private(set) var isClosed = false
    private var free: [TenantID] = []
    private let limit: Int
    private var slots: UnsafeMutablePointer<Slot>
    private var mask: Int

    /// - Parameter limit: how many tenants there may be, the default tenant and the overflow left aside
    init(defaultTenant: String, limit: Int = 100_000) {
        names = [defaultTenant]
        self.limit = limit
        mask = 1023
        slots = TenantTable.emptySlots(1024)
        registerDefault()
    }

    /// A default tenant whose name follows the rule may stand in a line too; there it must not get a second number.
    private func registerDefault() {
        var name = names[0]
        name.withUTF8 { text in
            let raw = UnsafeRawBufferPointer(text)
            guard let base = raw.baseAddress, TenantRule.accepts(raw) else { return }
            place(raw, TenantTable.hash(base, raw.count), TenantTable.defaultID)
        }
    }

    deinit {
        for index in 0...mask { slots[index].name?.deallocate() }
        slots.deallocate()
    }

    /// Numbers that were given out, those included that are free again.
    var count: Int { names.count }

    /// Tenants that have a number of their own.
    var liveCount: Int { names.count - 1 - free.count - (overflowID == .max ? 0 : 1) }

    /// So many that idle ones should make room.
    var isNearlyFull: Bool { isClosed || liveCount >= limit - limit / 4 }

    /// Names come from outside, ids from `find`; an id that was never given out names the default tenant.
    func name(_ id: TenantID) -> String {
        Int(id) < names.count ? names[Int(id)] : names[0]
    }

    /// The number of a tenant; nil where the id breaks the rule.
    ///
    /// - Parameter isNew: whether one that has no number gets one, or the overflow's where there is no room. Behind a
    ///   file's front nobody does: who has lines there that are still to be taken has a number, or waits in the overflow.
    ///   The answer is then the overflow's number, or one that nobody has.
    @inline(__always)
    func find(_ id: UnsafeRawBufferPointer, isNew: Bool = true) -> TenantID? {
        guard let base = id.baseAddress, id.count <= TenantRule.maxBytes else { return nil }
        let hash = TenantTable.hash(base, id.count)
        var index = Int(truncatingIfNeeded: hash) & mask
        while let name = slots[index].name {
            if slots[index].hash == hash, Int(slots[index].count) == id.count, memcmp(name, base, id.count) == 0 {
                return slots[index].id
            }
            index = (index &+ 1) & mask
        }
        return isNew ? insert(id, hash) : stranger(id)
    }

    /// For names that come from a checkpoint or a dead letter.
    func find(_ name: String, isNew: Bool = true) -> TenantID? {
        if name == names[0] { return TenantTable.defaultID }
        if name == TenantTable.overflowName { return isNew ? overflow() : overflowID }
        var name = name
        return name.withUTF8 { find(UnsafeRawBufferPointer($0), isNew: isNew) }
    }

    private func stranger(_ id: UnsafeRawBufferPointer) -> TenantID? { TenantRule.accepts(id) ? overflowID : nil }

    private func insert(_ id: UnsafeRawBufferPointer, _ hash: UInt64) -> TenantID? {
        guard TenantRule.accepts(id) else { return nil }
        guard !isClosed, liveCount < limit else { return overflow() }
        let name = String(decoding: id, as: UTF8.self)
        let number: TenantID
        if let last = free.popLast() {
            number = last
            names[Int(last)] = name
        } else {
            if names.count * 2 > mask { grow() }
            number = TenantID(names.count)
            names.append(name)
        }
        place(id, hash, number)
        return number
    }

    private func overflow() -> TenantID {
        isClosed = true
        if overflowID == .max {
            overflowID = TenantID(names.count)
            names.append(TenantTable.overflowName)
        }
        return overflowID
    }

    /// Nothing of the overflow is left: numbers may be given out again.
    func reopen() { isClosed = false }

    /// Takes numbers back of which nothing is left anywhere; they will name other tenants.
    func release(_ ids: [TenantID]) {
        let gone = Set(ids)
        let old = (0...mask).map { slots[$0] }
        slots.update(repeating: Slot(hash: 0, name: nil, count: 0, id: 0), count: mask + 1)
        for slot in old where slot.name != nil {
            guard gone.contains(slot.id), slot.id != TenantTable.defaultID else {
                place(slot)
                continue
            }
            slot.name?.deallocate()
            names[Int(slot.id)] = names[0]
            free.append(slot.id)
        }
    }

    /// Copies a name into memory of its own, which `deinit` frees.
    private func place(_ name: UnsafeRawBufferPointer, _ hash: UInt64, _ number: TenantID) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: name.count, alignment: 1)
        copy.copyMemory(from: name)
        place(Slot(hash: hash, name: copy.baseAddress, count: UInt32(name.count), id: number))
    }

    private func place(_ slot: Slot) {
        var index = Int(truncatingIfNeeded: slot.hash) & mask
        while slots[index].name != nil { index = (index + 1) & mask }
        slots[index] = slot
    }

    private func grow() {
        let old = slots
        let oldMask = mask
        mask = (mask + 1) * 2 - 1
        slots = TenantTable.emptySlots(mask + 1)
        for index in 0...oldMask where old[index].name != nil { place(old[index]) }
        old.deallocate()
    }

    private static func emptySlots(_ count: Int) -> UnsafeMutablePointer<Slot> {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        slots.initialize(repeating: Slot(hash: 0, name: nil, count: 0, id: 0), count: count)
        return slots
    }

    /// Eight bytes a step, then SplitMix64's finaliser: a weak hash here was measured to halve the tail's speed.
    @inline(__always)
    private static func hash(_ base: UnsafeRawPointer, _ count: Int) -> UInt64 {
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15
        var index = 0
        while count &- index >= 8 {
            hash = (hash ^ base.loadUnaligned(fromByteOffset: index, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash ^= hash >> 32
            index &+= 8
        }
        var tail: UInt64 = 0
        while index < count {
            tail = tail << 8 | UInt64(base.load(fromByteOffset: index, as: UInt8.self))
            index &+= 1
        }
        hash = (hash ^ tail) &* 0xbf58_476d_1ce4_e5b9
        hash ^= hash >> 27
        hash &*= 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }
}
