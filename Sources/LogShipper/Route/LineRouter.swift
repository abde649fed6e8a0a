#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Hot path: `route` goes over every byte, `take` over every line. Measured by `scripts/bench shipper`.
// Invariants: a line is `start..<end` within the block; nothing is read outside `0..<block.count`.

/// Cuts blocks of a file into lines and puts each into its tenant's open batch. Belongs to the reader's thread.
final class LineRouter {
    /// How a block is gone over.
    struct Block {
        var bytes: UnsafeRawBufferPointer
        /// The offset of the block's first byte in the file.
        var offset: Int64
        /// An unterminated rest is a line: the file will not grow any more.
        var isFinal = false
        /// The block is behind the front: only tenants of the lag map's pass are taken.
        var isPass = false
        var nowNanos: Int64
    }

    let tenants: TenantTable
    let batcher: Batcher
    /// Batches closed because they were full, in order.
    var closed: [Batch] = []
    var counters = RouteCounters()
    private let scanner: FieldScanner
    private let maxLineBytes: Int
    /// The most unacknowledged bytes one tenant may have while there are others.
    private let tenantBudget: Int
    private let wallNanos: () -> Int64

    init(
        tenants: TenantTable, batcher: Batcher, tenantField: String, maxLineBytes: Int, tenantBudget: Int,
        wallNanos: @escaping () -> Int64 = Clock.wallNanos
    ) {
        self.tenants = tenants
        self.batcher = batcher
        self.maxLineBytes = maxLineBytes
        self.tenantBudget = tenantBudget
        self.wallNanos = wallNanos
        scanner = FieldScanner(key: tenantField)
    }

    /// Goes over a block until its last complete line or until `budget` bytes were taken.
    ///
    /// - Returns: how many bytes of the block are done with. `budget` is lowered by what was taken.
    func route(_ block: Block, of file: TailedFile, budget: inout Int) -> Int {
        guard let base = block.bytes.baseAddress else { return 0 }
        let end = block.bytes.count
        var index = 0
        while index < end, budget > 0 {
            var lineEnd = end
            var next = end
            if let feed = memchr(base + index, 0x0a, end &- index) {
                lineEnd = base.distance(to: UnsafeRawPointer(feed))
                next = lineEnd &+ 1
            } else if !block.isFinal {
                if end &- index > maxLineBytes { return skipLongLine(block, file, to: end) }
                break
            }
            if block.isPass ? file.isPassInsideLongLine : file.isInsideLongLine {
                setInsideLongLine(false, block, file)
            } else {
                take(base, index, lineEnd, block, file, &budget)
            }
            index = next
        }
        if !block.isPass { counters.readBytes &+= index }
        return index
    }

    /// The rest of the block belongs to a line that is already longer than allowed.
    private func skipLongLine(_ block: Block, _ file: TailedFile, to end: Int) -> Int {
        if !block.isPass {
            if !file.isInsideLongLine { counters.longLines += 1 }
            counters.readBytes &+= end
        }
        setInsideLongLine(true, block, file)
        return end
    }

    private func setInsideLongLine(_ isInside: Bool, _ block: Block, _ file: TailedFile) {
        if block.isPass {
            file.isPassInsideLongLine = isInside
        } else {
            file.isInsideLongLine = isInside
        }
    }

    @inline(__always)
    private func take(
        _ base: UnsafeRawPointer, _ lineStart: Int, _ lineEnd: Int, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        var start = lineStart
        var end = lineEnd
        if end > start, base.load(fromByteOffset: end &- 1, as: UInt8.self) == 0x0d { end &-= 1 }
        if start < end {
            let first = base.load(fromByteOffset: start, as: UInt8.self)
            if first == 0 || first == 0xef { trimStart(base, &start, end, block) }
        }
        guard start < end else {
            if !block.isPass { counters.emptyLines &+= 1 }
            return
        }
        let count = end &- start
        guard count <= maxLineBytes else {
            if !block.isPass { counters.longLines &+= 1 }
            return
        }
        let line = UnsafeRawBufferPointer(start: base + start, count: count)
        let tenant = tenantOf(line, isCounted: !block.isPass)
        let offset = block.offset &+ Int64(lineStart)
        guard admits(tenant, count, offset, block, file) else { return }
        closeIfFull(tenant, adding: count)
        batcher.append(
            base + start, count, tenant: tenant, file: file.serial, fileOffset: offset, nowNanos: block.nowNanos)
        budget &-= count &+ 1
    }

    /// A run of NULs is what a writer without O_APPEND leaves after copytruncate; a BOM opens a file.
    private func trimStart(_ base: UnsafeRawPointer, _ start: inout Int, _ end: Int, _ block: Block) {
        let before = start
        while start < end, base.load(fromByteOffset: start, as: UInt8.self) == 0 { start += 1 }
        if !block.isPass { counters.skippedNULs += start - before }
        if block.offset + Int64(start) == 0, end - start >= 3,
            UnsafeRawBufferPointer(start: base + start, count: 3).elementsEqual([0xef, 0xbb, 0xbf])
        {
            start += 3
        }
    }

    /// Whether the line goes into a batch now. What is left out is remembered in the file's lag map.
    @inline(__always)
    private func admits(
        _ tenant: TenantID, _ count: Int, _ offset: Int64, _ block: Block, _ file: TailedFile
    ) -> Bool {
        batcher.reserve(tenant)
        let slot = batcher.slots + Int(tenant)
        let isRoomy =
            slot.pointee.obstacles == 0
            // A tenant that holds nothing may take any line, or one longer than its share would never be taken.
            && (slot.pointee.unackedBytes == 0 || slot.pointee.unackedBytes &+ count < tenantBudget
                || tenants.count <= 2)
        if block.isPass {
            guard file.lag.takes(tenant, at: offset) else { return false }
            if !isRoomy { file.lag.withdraw(tenant, at: offset) }
            return isRoomy
        }
        if isRoomy, file.lag.isEmpty { return true }
        if file.lag.contains(tenant) { return false }
        if !isRoomy { file.lag.leaveOut(tenant, at: offset) }
        return isRoomy
    }

    @inline(__always)
    private func closeIfFull(_ tenant: TenantID, adding count: Int) {
        let slot = batcher.slots + Int(tenant)
        guard
            slot.pointee.byteCount &+ count >= batcher.limits.maxBytes
                || slot.pointee.lineCount >= batcher.limits.maxLines
        else { return }
        close(tenant)
    }

    /// Closes a tenant's open batch, if it has one.
    func close(_ tenant: TenantID) {
        if let batch = batcher.close(tenant, name: tenants.name(tenant), wallNanos: wallNanos()) {
            closed.append(batch)
        }
    }

    @inline(__always)
    private func tenantOf(_ line: UnsafeRawBufferPointer, isCounted: Bool) -> TenantID {
        let verdict = scanner.scan(line)
        if case .plain(let start, let count) = verdict,
            let id = tenants.find(UnsafeRawBufferPointer(rebasing: line[start..<(start &+ count)]))
        {
            return id
        }
        return unusualTenant(verdict, line, isCounted)
    }

    /// Everything that is no plain accepted id: the default tenant, and a counter that says why.
    private func unusualTenant(_ verdict: FieldVerdict, _ line: UnsafeRawBufferPointer, _ isCounted: Bool) -> TenantID {
        if case .escaped(let start, let count) = verdict {
            let raw = UnsafeRawBufferPointer(rebasing: line[start..<(start + count)])
            if let text = JSONText.unescape(raw, limit: TenantRule.maxBytes),
                let id = text.withUnsafeBytes({ tenants.find($0) })
            {
                return id
            }
        }
        guard isCounted else { return TenantTable.defaultID }
        switch verdict {
        case .notJSON: counters.notJSON += 1
        case .absent: counters.missingTenant += 1
        case .ambiguous: counters.ambiguousTenant += 1
        case .plain, .escaped, .notString: counters.refusedTenant += 1
        }
        return TenantTable.defaultID
    }
}
