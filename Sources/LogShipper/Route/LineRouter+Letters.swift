#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Dead letters that were given back: the file's lines are letters, and what is sent is the line in each, for the tenant
/// that it had. Not hot: what comes this way was refused once.
extension LineRouter {
    /// As `route`.
    func routeLetters(_ block: Block, of file: TailedFile, budget: inout Int) -> Int {
        guard let base = block.bytes.baseAddress else { return 0 }
        var index = 0
        while index < block.bytes.count, budget > 0 {
            let left = block.bytes.count - index
            var length = left
            var next = block.bytes.count
            if let feed = memchr(base + index, 0x0a, left) {
                length = (base + index).distance(to: UnsafeRawPointer(feed))
                next = index + length + 1
            } else if block.offset + Int64(block.bytes.count) < file.size, !block.isFinal {
                // The file came whole, so only at its end a letter may be torn.
                guard left > DeadLetterReader.maxLetterBytes else { break }
            }
            let line = UnsafeRawBufferPointer(start: base + index, count: length)
            takeLetter(line, at: block.offset + Int64(index), block, file, &budget)
            index = next
        }
        if !block.isPass { counters.readBytes &+= index }
        return index
    }

    private func takeLetter(
        _ text: UnsafeRawBufferPointer, at offset: Int64, _ block: Block, _ file: TailedFile, _ budget: inout Int
    ) {
        guard let letter = DeadLetter.parse(text) else {
            if !text.isEmpty, !block.isPass { counters.tornLetters += 1 }
            return
        }
        let tenant = tenants.find(letter.tenant, isNew: !block.isPass) ?? TenantTable.defaultID
        letter.line.withUnsafeBytes { original in
            guard !original.isEmpty, admits(tenant, original.count, offset, block, file) else { return }
            let line = transform?.policies.redactAgain(original, of: tenant) ?? original
            guard let start = line.baseAddress else { return }
            closeIfFull(tenant, adding: line.count)
            batcher.append(
                start, line.count, tenant: tenant, file: file.serial, fileOffset: offset, nowNanos: block.nowNanos)
            budget -= line.count + 1
        }
    }
}
