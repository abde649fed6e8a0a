/// The open batches of all tenants and the bytes that are read but not settled. Belongs to the reader's thread.
final class Batcher {
    let limits: BatchLimits
    let pool = ChunkPool()
    private(set) var slots: UnsafeMutablePointer<TenantSlot>
    private var capacity: Int
    /// Tenants with an open batch, in no order.
    private(set) var open: [TenantID] = []
    /// Bytes in open batches.
    private(set) var openBytes = 0
    private var nextID: UInt64 = 1

    init(limits: BatchLimits) {
        self.limits = limits
        capacity = 1024
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: TenantSlot(), count: capacity)
    }

    deinit {
        for index in 0..<capacity {
            slots[index].content.free(pool)
        }
        slots.deallocate()
    }

    /// Makes sure that the slot of a tenant exists.
    func reserve(_ tenant: TenantID) {
        guard Int(tenant) >= capacity else { return }
        let larger = max(capacity * 2, Int(tenant) + 1)
        let new = UnsafeMutablePointer<TenantSlot>.allocate(capacity: larger)
        new.moveInitialize(from: slots, count: capacity)
        (new + capacity).initialize(repeating: TenantSlot(), count: larger - capacity)
        slots.deallocate()
        slots = new
        capacity = larger
    }

    /// Appends a line. `tenant` must have been reserved.
    @inline(__always)
    func append(
        _ line: UnsafeRawPointer, _ count: Int, isASCII: Bool = false, tenant: TenantID, file: FileSerial,
        fileOffset: Int64, nowNanos: Int64
    ) {
        let slot = slots + Int(tenant)
        if slot.pointee.content.lineCount == 0 {
            slot.pointee.openIndex = Int32(truncatingIfNeeded: open.count)
            slot.pointee.openedNanos = nowNanos
            open.append(tenant)
        }
        slot.pointee.content.append(
            line, count, isASCII: isASCII, file: file, fileOffset: fileOffset, pool: pool)
        slot.pointee.unackedBytes &+= count &+ 1
        openBytes &+= count &+ 1
    }

    /// Whether the tenant's open batch has to be closed before a line of `count` bytes.
    @inline(__always)
    func isFull(_ tenant: TenantID, adding count: Int) -> Bool {
        let content = slots + Int(tenant)
        return content.pointee.content.byteCount &+ count >= limits.maxBytes
            || content.pointee.content.lineCount >= limits.maxLines
    }

    /// Closes a tenant's open batch; nil where it has none.
    func close(_ tenant: TenantID, name: String, wallNanos: Int64) -> Batch? {
        guard slots[Int(tenant)].content.lineCount > 0 else { return nil }
        let content = slots[Int(tenant)].content
        slots[Int(tenant)].content = BatchContent()
        openBytes -= content.byteCount
        let index = Int(slots[Int(tenant)].openIndex)
        let last = open.removeLast()
        if last != tenant {
            open[index] = last
            slots[Int(last)].openIndex = Int32(truncatingIfNeeded: index)
        }
        return makeBatch(content, tenant: tenant, name: name, wallNanos: wallNanos)
    }

    /// A batch of lines that came from elsewhere.
    func makeBatch(_ content: BatchContent, tenant: TenantID, name: String, wallNanos: Int64) -> Batch {
        defer { nextID += 1 }
        return Batch(
            id: nextID, tenant: tenant, tenantName: name, content: content, pool: pool, closedWallNanos: wallNanos)
    }

    /// Tenants whose open batch is old enough to be closed.
    func due(nowNanos: Int64) -> [TenantID] {
        open.filter { nowNanos &- slots[Int($0)].openedNanos >= limits.maxAgeNanos }
    }

    /// When the next open batch gets too old.
    var nextDueNanos: Int64? {
        open.map { slots[Int($0)].openedNanos }.min().map { $0 &+ limits.maxAgeNanos }
    }

    /// The tenant whose open batch is closed first when room is needed: the one with the most bytes times seconds. Closing
    /// by bytes alone would make all batches equally small; this makes their sizes follow the square root of the rates,
    /// which needs the fewest requests for a given amount of memory.
    func mostWorthClosing(nowNanos: Int64) -> TenantID? {
        func weight(_ tenant: TenantID) -> Double {
            let slot = slots + Int(tenant)
            return Double(slot.pointee.content.byteCount) * Double(max(1, nowNanos &- slot.pointee.openedNanos))
        }
        return open.max { weight($0) < weight($1) }
    }

    /// Calls `body` with (file, tenant, offset) for every change of file in the open batches' lines; the lowest offset of
    /// a file and tenant is among them.
    func forEachOpenSource(_ body: (FileSerial, TenantID, Int64) -> Void) {
        for tenant in open {
            let slot = slots + Int(tenant)
            guard let lines = slot.pointee.content.lines else { continue }
            var last: FileSerial?
            for index in 0..<slot.pointee.content.lineCount where lines[index].file != last {
                last = lines[index].file
                body(lines[index].file, tenant, lines[index].fileOffset)
            }
        }
    }

    /// Whether this tenant's lines cannot be delivered at the moment.
    func isFailing(_ tenant: TenantID) -> Bool {
        Int(tenant) < capacity && slots[Int(tenant)].obstacles > 0
    }

    /// Whether the tenant has nothing in batches and nobody waits for anything of it.
    func isIdle(_ tenant: TenantID) -> Bool {
        guard Int(tenant) < capacity else { return true }
        let slot = slots + Int(tenant)
        return slot.pointee.unackedBytes == 0 && slot.pointee.obstacles == 0 && !slot.pointee.isGivingBack
    }

    func unackedBytes(_ tenant: TenantID) -> Int {
        Int(tenant) < capacity ? slots[Int(tenant)].unackedBytes : 0
    }
}
