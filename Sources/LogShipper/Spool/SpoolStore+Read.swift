extension SpoolStore {
    /// The next block of a tenant, of those that survive a loss of power; nil where all were handed out. Damage on the way
    /// is skipped, counted in `takeLosses`, and never delivered in part. An error means that a file could not be opened:
    /// nothing is skipped, and the next call tries again.
    func next(_ tenant: String) throws(SystemError) -> SpooledFrame? {
        guard let spool = spools[tenant] else { return nil }
        while let segment = spool.segments.first(where: { $0.number >= spool.cursor.segment }) {
            if segment.number > spool.cursor.segment { spool.cursor.move(to: segment.number) }
            spool.cursor.offset = max(spool.cursor.offset, Int64(segment.headerBytes.count))
            if spool.isWanted(segment), let frame = try next(spool, segment) { return frame }
            // What was appended after the last sync follows later, here or in a segment behind.
            guard segment.durableSize == segment.size, segment.number < spool.segments.last?.number ?? 0 else { break }
            spool.cursor.move(to: segment.number + 1)
        }
        noteHole(spool, before: spool.durable)
        return nil
    }

    /// When the first block that is left was closed; hands nothing out. Nil where there is none or it cannot be read.
    func oldestWallNanos(_ tenant: String) -> Int64? {
        guard let spool = spools[tenant], let segment = spool.segments.first(where: spool.isWanted),
            let file = try? SegmentFile(spool.path(segment.number), system: system)
        else { return nil }
        let scanner = SegmentScanner(file: file, salt: segment.header.salt, end: min(segment.durableSize, file.size))
        var offset = Int64(segment.headerBytes.count)
        while case .frame(let header) = scanner.step(at: offset) {
            if spool.isWanted(header) { return block(header, at: offset, scanner, segment)?.closedWallNanos }
            offset = scanner.next(header, at: offset)
        }
        return nil
    }

    private func next(_ spool: TenantSpool, _ segment: SpoolSegment) throws(SystemError) -> SpooledFrame? {
        // A segment that vanished is damage: the numbers of what comes next say how much is missing.
        guard let file = try SegmentFile(spool.path(segment.number), system: system) else { return nil }
        let scanner = SegmentScanner(file: file, salt: segment.header.salt, end: min(segment.durableSize, file.size))
        while true {
            let offset = spool.cursor.offset
            switch scanner.step(at: offset) {
            case .end: return nil
            case .damaged(let resume):
                spool.cursor.offset = resume ?? max(offset, segment.durableSize)
            case .frame(let header):
                spool.cursor.offset = scanner.next(header, at: offset)
                guard spool.isWanted(header), let block = block(header, at: offset, scanner, segment) else { continue }
                noteHole(spool, before: header.start)
                return handOut(block, header, spool, at: offset)
            }
        }
    }

    private func handOut(
        _ block: SpooledBlock, _ header: FrameHeader, _ spool: TenantSpool, at offset: Int64
    ) -> SpooledFrame {
        var block = block
        var start = header.start
        if header.start < spool.head {
            let done = Int(spool.head.lines - header.start.lines)
            start = start.advanced(by: block.amount(ofFirst: done))
            block.removeFirst(done)
        }
        let position = SpoolPosition(segment: spool.cursor.segment, offset: offset, mark: header.start)
        spool.cursor.mark = header.end
        return SpooledFrame(position: position, start: start, end: header.end, block: block)
    }

    /// Lines that should have come before `mark` did not.
    private func noteHole(_ spool: TenantSpool, before mark: SpoolMark) {
        let expected = spool.gaps.skip(max(spool.head, spool.cursor.mark))
        guard expected < mark else { return }
        noteLoss(spool.giveUp(from: expected, to: mark), spool.tenant)
        spool.cursor.mark = max(spool.cursor.mark, mark)
    }

    /// The lines of a frame; nil where anything about them is not as it was written.
    func block(
        _ header: FrameHeader, at offset: Int64, _ scanner: SegmentScanner, _ segment: SpoolSegment
    ) -> SpooledBlock? {
        guard var payload = scanner.payload(header, at: offset) else { return nil }
        if let id = segment.header.keyID {
            var plainHeader = header
            plainHeader.payloadCRC = 0
            let authenticated =
                segment.headerBytes
                + plainHeader.encoded(salt: segment.header.salt).prefix(FrameHeader.authenticatedBytes)
            guard let key = keyring.key(id),
                let opened = SpoolCrypto.open(
                    payload, key: key, salt: segment.header.salt, number: header.number, authenticating: authenticated)
            else { return nil }
            payload = opened
        }
        if header.isCompressed {
            // Nothing that deflate writes grows more than that.
            guard header.plainBytes <= payload.count * 1100 + 1024,
                let plain = payload.withUnsafeBytes({
                    GzipCodec.gunzipSingleMember($0, limit: header.plainBytes)
                })
            else { return nil }
            payload = plain
        }
        guard payload.count == header.plainBytes, let block = SpooledBlock(payload), block.amount == header.amount
        else { return nil }
        return block
    }
}

extension TenantSpool {
    /// Whether any line of a segment is still to be delivered.
    fileprivate func isWanted(_ segment: SpoolSegment) -> Bool {
        gaps.amountOutside(from: max(segment.start, max(head, cursor.mark)), to: segment.end).lines > 0
    }

    fileprivate func isWanted(_ frame: FrameHeader) -> Bool {
        gaps.amountOutside(from: max(frame.start, max(head, cursor.mark)), to: frame.end).lines > 0
    }
}
