import RegularExpressions

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// Invariants as in LineRouter: a record is `start..<end` within the block, whole lines with their line feeds, of which only
// the last line of a file that will not grow any more may be without one.

extension LineRouter {
    /// Where the walk over a block's lines stands.
    private struct Record {
        /// The first byte of the record that is being put together.
        var start = 0
        /// Behind its last line.
        var end = 0
        var lines = 0
    }

    /// The same as `route` where lines are joined to records. What may go on stays unread: a record's offset is its start,
    /// so nothing has to be remembered from block to block or over a restart.
    func routeRecords(_ rule: RecordRule, _ block: Block, of file: TailedFile, budget: inout Int) -> Int {
        guard let base = block.bytes.baseAddress else { return 0 }
        // Where a tenant is behind, a record was begun, though it may look like the middle of one from before.
        let begun = block.isPass ? Set(file.lag.offsets.values) : []
        var record = Record()
        while record.end < block.bytes.count, budget > 0 {
            let index = record.end
            let rest = UnsafeRawBufferPointer(rebasing: block.bytes[index...])
            let isInside = block.isPass ? file.isPassInsideLongLine : file.isInsideLongLine
            guard let next = lineEnd(rest, block).map({ index + $0 }) else {
                guard let done = leaveUnfinished(base, &record, isInside, block, file, &budget) else { break }
                record = Record(start: done, end: done)
                continue
            }
            if isInside {
                setInsideLongLine(false, block, file)
                record = Record(start: next, end: next)
                continue
            }
            let isNew =
                record.lines >= rule.maxLines || next - record.start > rule.maxBytes
                || begun.contains(block.offset &+ Int64(index)) || isStart(rule, block.bytes[index..<next])
            if record.lines > 0, isNew {
                close(&record, rule, base, block, file, &budget)
                guard budget > 0 else { break }
            }
            record.end = next
            record.lines += 1
        }
        if record.lines > 0, budget > 0, block.isFinal || block.endsRecord {
            close(&record, rule, base, block, file, &budget)
        }
        if !block.isPass { counters.readBytes &+= record.start }
        return record.start
    }

    /// Behind the line feed of the first line, or behind the last byte of a file that will not grow.
    private func lineEnd(_ rest: UnsafeRawBufferPointer, _ block: Block) -> Int? {
        guard let base = rest.baseAddress else { return nil }
        if let feed = memchr(base, 0x0a, rest.count) { return base.distance(to: UnsafeRawPointer(feed)) &+ 1 }
        return block.isFinal ? rest.count : nil
    }

    func isStart(_ rule: RecordRule, _ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        var line = line
        if line.last == 0x0a { line = line.dropLast() }
        if line.last == 0x0d { line = line.dropLast() }
        return rule.start.isFound(in: UnsafeRawBufferPointer(rebasing: line))
    }

    /// The block ends within a line. Returns where reading goes on, or nil where the rest has to be read again.
    private func leaveUnfinished(
        _ base: UnsafeRawPointer, _ record: inout Record, _ isInside: Bool, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) -> Int? {
        if isInside { return block.bytes.count }
        let start = record.end
        guard let rule, block.bytes.count - start > maxLineBytes + 1 else { return nil }
        // A line that is too long is no record's.
        if record.lines > 0 { close(&record, rule, base, block, file, &budget) }
        return budget > 0 ? takeUnfinished(base, start, block, file, &budget) : nil
    }

    /// Puts the record into its tenant's batch and begins the next one behind it.
    private func close(
        _ record: inout Record, _ rule: RecordRule, _ base: UnsafeRawPointer, _ block: Block, _ file: TailedFile,
        _ budget: inout Int
    ) {
        defer { record = Record(start: record.end, end: record.end) }
        guard record.lines > 1 else {
            let hasFeed = block.bytes[record.end - 1] == 0x0a
            return take(base, record.start, hasFeed ? record.end - 1 : record.end, block, file, &budget)
        }
        let lines = UnsafeRawBufferPointer(rebasing: block.bytes[record.start..<record.end])
        let (text, isJSON) = joiner.join(lines, wraps: rule.wraps)
        guard !text.isEmpty else { return }
        if !block.isPass { counters.joinedRecords &+= 1 }
        let end = isJSON ? text.count : text.firstIndex(of: 0x0a) ?? text.count
        let tenant = tenantOf(UnsafeRawBufferPointer(rebasing: text[..<end]), isCounted: !block.isPass)
        place(text, tenant, block.offset &+ Int64(record.start), block, file, &budget)
    }
}
