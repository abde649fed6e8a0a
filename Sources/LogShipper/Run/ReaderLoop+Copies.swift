/// Copies of files that are being read: what copytruncate and gzip leave beside their original.
///
/// As long as the original is there, it is the one that is read; the copy only keeps up with it. When the original is
/// truncated or gone, the copy goes on where it was, for every tenant. So nothing of it is sent twice or left out.
extension ReaderLoop {
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

    /// Bytes of a file that would be lost with it: none where it is a copy or has one.
    func bytesLost(with file: TailedFile) -> Int64 {
        isShadow(file) || files.values.contains { $0.shadowOf == file.serial } ? 0 : file.unreadBytes
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

    /// A copy that grows is a log of its own, or still being written.
    func releaseGrown(_ file: TailedFile) {
        guard let original = file.shadowOf.flatMap({ files[$0] }) else { return }
        file.lag = LagMap(original.lag.pending())
        file.shadowOf = nil
    }

    private func follow(_ copy: TailedFile, _ original: TailedFile) {
        copy.lag = LagMap(original.lag.pending())
        guard original.front > copy.front else { return }
        let tail = copy.source.bytes(at: original.front - Int64(original.tail.count), count: original.tail.count)
        if tail == original.tail {
            copy.jump(to: original.front)
        } else if let end = copy.source.contentEnd {
            // The original was written on after it was copied: all of the copy was read there.
            copy.jump(to: max(copy.front, min(end, original.front)))
        }
        for index in copy.originals.indices where copy.originals[index].serial == original.serial {
            copy.originals[index].end = copy.front
        }
    }
}
