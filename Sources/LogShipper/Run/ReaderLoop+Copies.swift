/// Copies of files that are being read: what copytruncate and gzip leave beside their original.
///
/// As long as the original is there, it is the one that is read; the copy only keeps up with it. When the original is
/// truncated or gone, the copy goes on where it was, for every tenant. So nothing of it is sent twice or left out.
extension ReaderLoop {
    /// Whoever truncates a file again and again must not fill the memory; further ones are counted at once.
    private static let maxTruncated = 1000

    /// Whether a file is a copy that need not be read now.
    func isShadow(_ file: TailedFile) -> Bool {
        guard let serial = file.shadowOf else { return false }
        if files[serial] != nil { return true }
        file.shadowOf = nil
        return false
    }

    /// Brings copies up to what is known of their originals, for a checkpoint.
    func followOriginals() {
        for file in files.values {
            if let original = file.shadowOf.flatMap({ files[$0] }) { follow(file, original) }
        }
    }

    /// The original of some copies is truncated or done with: they go on from here.
    func releaseCopies(of original: TailedFile) {
        for file in files.values where file.shadowOf == original.serial {
            follow(file, original)
            file.shadowOf = nil
            table.awaken(file.serial)
            wantsTurn(file)
        }
    }

    /// Bytes of a file that would be lost with it: none of a copy, and of one that has a copy what is not in that.
    func bytesLost(with file: TailedFile) -> Int64 {
        if isShadow(file) { return 0 }
        let copies = files.values.filter { $0.shadowOf == file.serial }
        if copies.isEmpty { return file.unreadBytes }
        if copies.contains(where: \.source.isGzip) { return 0 }
        let end = copies.lazy.compactMap(\.source.contentEnd).max() ?? 0
        return max(0, min(file.unreadBytes, file.size - end))
    }

    /// Whether a copy may be left to its original: it must have nothing that the original has not. Of a compressed one the
    /// last four bytes tell its length.
    func mayShadow(_ source: FileSource, _ size: Int64, _ original: TailedFile) -> Bool {
        guard source.isGzip else { return size <= original.size }
        guard size >= 18, !original.source.isGzip, let trailer = source.diskBytes(at: size - 4, count: 4) else {
            return false
        }
        let length = trailer.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return length == UInt32(truncatingIfNeeded: original.size)
    }

    /// A copy that outgrows its original, or grows into something else, is a log of its own. One that is still being
    /// written is left to its original.
    func noteGrowth(_ file: TailedFile, to size: Int64) {
        guard let original = file.shadowOf.flatMap({ files[$0] }), !isStillCopied(file, size, original) else { return }
        follow(file, original, isCopied: false)
        file.shadowOf = nil
    }

    private func isStillCopied(_ file: TailedFile, _ size: Int64, _ original: TailedFile) -> Bool {
        guard !file.source.isGzip, size <= original.size || size <= original.source.contentEnd ?? 0 else {
            return false
        }
        let count = Int(min(size, Int64(Marker.maxBytes)))
        guard let end = file.source.bytes(at: size - Int64(count), count: count), end.count == count else {
            return false
        }
        return original.source.bytes(at: size - Int64(count), count: count) == end
    }

    /// - Parameter isCopied: all that the file holds is a copy, even if the original went on behind its end
    private func follow(_ copy: TailedFile, _ original: TailedFile, isCopied: Bool = true) {
        if original.front > copy.front {
            let tail = copy.source.bytes(at: original.front - Int64(original.tail.count), count: original.tail.count)
            if tail == original.tail {
                copy.jump(to: original.front)
                copy.isInsideLongLine = original.isInsideLongLine
                copy.pieceOffset = original.pieceOffset
            } else if isCopied, let end = copy.source.contentEnd {
                // The original was written on after it was copied: all of the copy was read there.
                copy.jump(to: max(copy.front, min(end, original.front)))
            }
            for index in copy.originals.indices where copy.originals[index].serial == original.serial {
                copy.originals[index].end = copy.front
            }
        }
        // What the original left out behind the copy's front is not in the copy, or is read at its front.
        copy.lag = LagMap(original.lag.pending().filter { $0.value < copy.front })
    }

    /// A file was truncated, and no copy of it was seen yet. The look that would show one is made by a thread of its own
    /// and may come later: what the file was is remembered for a while, and what is lost is counted only then.
    ///
    /// - Returns: false where no copy would be recognised
    func expectCopy(of file: TailedFile) -> Bool {
        let seconds = wallNanos() / 1_000_000_000
        var past = file.remembered(lag: named(file.lag.pending()), lastSeenSeconds: seconds)
        guard Resumption.isProven(past), truncated.count < ReaderLoop.maxTruncated else { return false }
        past.gone = RememberedFile.Gone(reason: "truncated", serial: file.serial)
        truncated[file.serial] = file
        unclaimed.insert(past)
        return true
    }

    /// The copy of a truncated file has turned up: it goes on for every tenant, and owes what is in batches.
    func inherit(_ old: TailedFile, _ start: inout TailedFile.Start) {
        let front = start.front
        start.lag = LagMap(old.lag.pending().filter { $0.value < front })
        start.originals = old.originals + [TailedFile.Original(serial: old.serial, end: front)]
        for (tenant, lines) in old.givenBack where start.lag.contains(tenant) {
            start.givenBack[tenant] = lines
            start.reread[tenant] = old.reread[tenant]
            old.givenBack[tenant] = nil
        }
        dropGivenBack(old)
    }
}
