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
        /// A record of several lines ends with the block's last whole line.
        var endsRecord = false
        /// The block is behind the front: only tenants of the lag map's pass are taken.
        var isPass = false
        var nowNanos: Int64
    }

    let tenants: TenantTable
    let batcher: Batcher
    /// Batches closed because they were full, in order.
    var closed: [Batch] = []
    var counters = RouteCounters()
    /// What tenants' rules make of a line; nil without rules.
    var transform: LineTransform?
    /// The lines are dead letters, see `routeLetters`.
    var holdsDeadLetters = false
    private let scanner: FieldScanner
    let maxLineBytes: Int
    /// Joins lines to records; nil where every line is one.
    let rule: RecordRule?
    let joiner = RecordJoiner()
    private let longLines: ShipperConfiguration.LongLines
    /// Whether the block has no byte above 0x7f; then its lines need no look, and neither do their batches.
    private var isASCII = true
    /// The last block stopped before nothing but NULs.
    private(set) var sawOnlyNULs = false
    /// The most unacknowledged bytes one tenant may have while there are others.
    private let tenantBudget: Int
    var wallNanos: () -> Int64

    init(
        tenants: TenantTable, batcher: Batcher, tenantField: String, maxLineBytes: Int,
        longLines: ShipperConfiguration.LongLines = .drop, rule: RecordRule? = nil, tenantBudget: Int,
        wallNanos: @escaping () -> Int64 = Clock.wallNanos
    ) {
        self.tenants = tenants
        self.batcher = batcher
        self.maxLineBytes = maxLineBytes
        self.longLines = longLines
        self.rule = rule
        self.tenantBudget = tenantBudget
        self.wallNanos = wallNanos
        scanner = FieldScanner(key: tenantField)
    }

    /// Goes over a block until its last complete line or until `budget` bytes were taken.
    ///
    /// - Returns: how many bytes of the block are done with. `budget` is lowered by what was taken.
    func route(_ block: Block, of file: TailedFile, budget: inout Int) -> Int {
        if holdsDeadLetters { return routeLetters(block, of: file, budget: &budget) }
        guard let base = block.bytes.baseAddress else { return 0 }
        let end = block.bytes.count
        // A record may have begun in an earlier block.
        isASCII = rule == nil && UTF8Text.isASCII(block.bytes)
        sawOnlyNULs = false
        if let rule { return routeRecords(rule, block, of: file, budget: &budget) }
        var index = 0
        while index < end, budget > 0 {
            var lineEnd = end
            var next = end
            if let feed = memchr(base + index, 0x0a, end &- index) {
                lineEnd = base.distance(to: UnsafeRawPointer(feed))
                next = lineEnd &+ 1
            } else if !block.isFinal {
                guard let done = takeUnfinished(base, index, block, file, &budget) else { break }
                index = done
                continue
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

    /// The block ends within a line. Returns up to where it is done with nevertheless, because the line is too long or
    /// starts with NULs; nil where the rest has to be read again together with what follows.
    func takeUnfinished(
        _ base: UnsafeRawPointer, _ index: Int, _ block: Block, _ file: TailedFile, _ budget: inout Int
    ) -> Int? {
        let end = block.bytes.count
        if block.isPass ? file.isPassInsideLongLine : file.isInsideLongLine { return end }
        if base.load(fromByteOffset: index, as: UInt8.self) == 0 {
            let start = LineRouter.skipNULs(base, index, end)
            // What a writer has set aside and not filled yet must be read again.
            if start == end, !block.isPass {
                sawOnlyNULs = true
                return nil
            }
            if !block.isPass { counters.skippedNULs += start - index }
            return start
        }
        // One more, for a carriage return that belongs to the line's end.
        guard end &- index > maxLineBytes &+ 1 else { return nil }
        switch longLines {
        case .drop:
            if !block.isPass {
                counters.longLines += 1
                counters.droppedLongLines += 1
            }
        case .truncate: takeLong(base, index, end, block, file, &budget)
        case .split:
            let rest = UnsafeRawBufferPointer(start: base + index, count: end &- index)
            let piece = UTF8Text.cut(rest, at: maxLineBytes)
            if !block.isPass, block.offset &+ Int64(index) != file.pieceOffset { counters.longLines += 1 }
            put(base, index, index &+ piece, block, file, &budget)
            if !block.isPass { file.pieceOffset = block.offset &+ Int64(index &+ piece) }
            return index &+ piece
        }
        setInsideLongLine(true, block, file)
        return end
    }

    func setInsideLongLine(_ isInside: Bool, _ block: Block, _ file: TailedFile) {
        if block.isPass {
            file.isPassInsideLongLine = isInside
        } else {
            file.isInsideLongLine = isInside
        }
    }

    @inline(__always)
    func take(
        _ base: UnsafeRawPointer, _ lineStart: Int, _ lineEnd: Int, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        var start = lineStart
        var end = lineEnd
        if end > start, base.load(fromByteOffset: end &- 1, as: UInt8.self) == 0x0d { end &-= 1 }
        if start < end, base.load(fromByteOffset: start, as: UInt8.self) == 0 {
            start = LineRouter.skipNULs(base, start, end)
            if !block.isPass { counters.skippedNULs += start - lineStart }
        }
        guard start < end else {
            if !block.isPass { counters.emptyLines &+= 1 }
            return
        }
        guard end &- start <= maxLineBytes else { return takeLong(base, start, end, block, file, &budget) }
        put(base, start, end, block, file, &budget)
    }

    /// A run of NULs is what a writer without O_APPEND leaves after copytruncate.
    static func skipNULs(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int {
        var start = start
        while end - start >= 8, (base + start).loadUnaligned(as: UInt64.self) == 0 { start += 8 }
        while start < end, base.load(fromByteOffset: start, as: UInt8.self) == 0 { start += 1 }
        return start
    }

    /// A line beyond the limit, of which at least the part that is sent is there.
    private func takeLong(
        _ base: UnsafeRawPointer, _ lineStart: Int, _ end: Int, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        let isCounted = !block.isPass && block.offset &+ Int64(lineStart) != file.pieceOffset
        if isCounted { counters.longLines += 1 }
        var start = lineStart
        repeat {
            let rest = UnsafeRawBufferPointer(start: base + start, count: end &- start)
            let piece = rest.count > maxLineBytes ? UTF8Text.cut(rest, at: maxLineBytes) : rest.count
            if longLines == .drop {
                if isCounted { counters.droppedLongLines += 1 }
            } else {
                put(base, start, start &+ piece, block, file, &budget)
            }
            start &+= piece
        } while longLines == .split && start < end
    }

    /// Puts a line into its tenant's batch, or remembers that it was left out.
    @inline(__always)
    private func put(
        _ base: UnsafeRawPointer, _ lineStart: Int, _ end: Int, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        let offset = block.offset &+ Int64(lineStart)
        var start = lineStart
        if offset == 0 {
            start = LineRouter.skipMark(base, start, end)
            guard start < end else { return }
        }
        let count = end &- start
        let line = UnsafeRawBufferPointer(start: base + start, count: count)
        if !isASCII, !block.isPass, !UTF8Text.isValid(line) { counters.invalidUTF8 &+= 1 }
        place(line, tenantOf(line, isCounted: !block.isPass), offset, block, file, &budget)
    }

    /// Lets a line or record through the tenant's rules into its batch, or remembers that it was left out.
    @inline(__always)
    func place(
        _ line: UnsafeRawBufferPointer, _ tenant: TenantID, _ offset: Int64, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        guard admits(tenant, line.count, offset, block, file) else { return }
        if let transform, let redactor = transform.policies.redactor(of: tenant) {
            takeTransformed(line, tenant, offset, block, file, transform, redactor, &budget)
            return
        }
        append(line, tenant, offset, block, file, &budget)
    }

    @inline(__always)
    private func append(
        _ line: UnsafeRawBufferPointer, _ tenant: TenantID, _ offset: Int64, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        guard let base = line.baseAddress else { return }
        closeIfFull(tenant, adding: line.count)
        batcher.append(
            base, line.count, isASCII: isASCII, tenant: tenant, file: file.serial, fileOffset: offset,
            nowNanos: block.nowNanos)
        budget &-= line.count &+ 1
    }

    /// A line of a tenant that has rules.
    @inline(never)
    private func takeTransformed(
        _ line: UnsafeRawBufferPointer, _ tenant: TenantID, _ offset: Int64, _ block: Block, _ file: TailedFile,
        _ transform: LineTransform, _ redactor: JSONRedactor, _ budget: inout Int
    ) {
        let place = LineTransform.Place(tenant: tenant, offset: offset, nowNanos: block.nowNanos)
        let outcome = transform.apply(line, redactor, at: place, in: file) {
            batcher.slots[Int(tenant)].obstacles += 1
        }
        if case .kept(let bytes) = outcome { append(bytes, tenant, offset, block, file, &budget) }
    }

    /// The byte order mark that may open a file.
    private static func skipMark(_ base: UnsafeRawPointer, _ start: Int, _ end: Int) -> Int {
        let line = UnsafeRawBufferPointer(start: base + start, count: end - start)
        return line.starts(with: [0xef, 0xbb, 0xbf]) ? start + 3 : start
    }

    /// Whether the line goes into a batch now. What is left out is remembered in the file's lag map.
    @inline(__always)
    func admits(
        _ tenant: TenantID, _ count: Int, _ offset: Int64, _ block: Block, _ file: TailedFile
    ) -> Bool {
        // Who takes lines behind the front has a slot; any other number may be nobody's.
        if block.isPass, !file.lag.takes(tenant, at: offset) { return false }
        batcher.reserve(tenant)
        let slot = batcher.slots + Int(tenant)
        let isRoomy =
            slot.pointee.obstacles == 0
            // A tenant that holds nothing may take any line, or one longer than its share would never be taken.
            && (slot.pointee.unackedBytes == 0 || slot.pointee.unackedBytes &+ count < tenantBudget
                || tenants.count <= 2)
        if block.isPass {
            if !isRoomy { file.lag.withdraw(tenant, at: offset) }
            return isRoomy
        }
        if isRoomy, file.lag.isEmpty { return true }
        if file.lag.contains(tenant) { return false }
        if !isRoomy { file.lag.leaveOut(tenant, at: offset) }
        return isRoomy
    }

    @inline(__always)
    func closeIfFull(_ tenant: TenantID, adding count: Int) {
        if batcher.isFull(tenant, adding: count) { close(tenant) }
    }

    /// Closes a tenant's open batch, if it has one.
    func close(_ tenant: TenantID) {
        if let batch = batcher.close(tenant, name: tenants.name(tenant), wallNanos: wallNanos()) {
            closed.append(batch)
        }
    }

    /// Whose a line is. Lines behind a file's front were counted already, and give nobody a number.
    @inline(__always)
    func tenantOf(_ line: UnsafeRawBufferPointer, isCounted: Bool) -> TenantID {
        let verdict = scanner.scan(line)
        if case .plain(let start, let count) = verdict,
            let id = tenants.find(
                UnsafeRawBufferPointer(rebasing: line[start..<(start &+ count)]), isNew: isCounted)
        {
            if id == tenants.overflowID, isCounted { counters.overflowTenant &+= 1 }
            return id
        }
        return unusualTenant(verdict, line, isCounted)
    }

    /// Everything that is no plain accepted id: the default tenant, and a counter that says why.
    private func unusualTenant(_ verdict: FieldVerdict, _ line: UnsafeRawBufferPointer, _ isCounted: Bool) -> TenantID {
        if case .escaped(let start, let count) = verdict {
            let raw = UnsafeRawBufferPointer(rebasing: line[start..<(start + count)])
            if let text = JSONText.unescape(raw, limit: TenantRule.maxBytes),
                let id = text.withUnsafeBytes({ tenants.find($0, isNew: isCounted) })
            {
                if id == tenants.overflowID, isCounted { counters.overflowTenant &+= 1 }
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
