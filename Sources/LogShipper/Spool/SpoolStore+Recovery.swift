extension SpoolStore {
    /// Finds what an earlier run left. `heads` is what the checkpoint says; a tenant that it does not know is pending as a
    /// whole, because rather twice than never.
    ///
    /// Torn tails are cut off; what is missing of what a checkpoint counted as moved is in `takeLosses` afterwards. Other
    /// damage shows when it is read. An unknown key or version is an error, because skipping would lose what is not lost.
    func open(_ heads: [String: SpoolHead]) throws(SpoolError) {
        let names = try attempt { () throws(SystemError) in try system.names(in: directory) }
        isRootMade = names != nil
        // A killed run may have made any of the directories without having synced it.
        isRootUnsynced = isRootMade
        for name in names ?? [] {
            guard let tenant = SpoolName.unescape(name) else { continue }
            let files = try attempt { () throws(SystemError) in try system.names(in: "\(directory)/\(name)") }
            try recover(tenant, (files ?? []).compactMap { SpoolSegment.number($0) }.sorted(), heads[tenant])
        }
        for (tenant, head) in heads where spools[tenant] == nil {
            noteLoss(SpoolGaps(head.gaps).amountOutside(from: head.head, to: head.end), tenant)
        }
    }

    private func attempt<Value>(_ body: () throws(SystemError) -> Value) throws(SpoolError) -> Value {
        do throws(SystemError) { return try body() } catch { throw .system(error) }
    }

    private func recover(_ tenant: String, _ numbers: [UInt64], _ head: SpoolHead?) throws(SpoolError) {
        let path = "\(directory)/\(SpoolName.escape(tenant))"
        var segments: [SpoolSegment] = []
        for number in numbers {
            if let segment = try readHeader(SpoolSegment.path(path, number), number, tenant) {
                segments.append(segment)
            }
        }
        // Two lives of a spool do not meet, because a directory is emptied for good before the next one starts.
        let incarnation = segments.last?.header.incarnation ?? random()
        segments.removeAll { $0.header.incarnation != incarnation }
        let known = head?.incarnation == incarnation ? head : nil
        if let head, known == nil {
            noteLoss(SpoolGaps(head.gaps).amountOutside(from: head.head, to: head.end), tenant)
        }
        var walk = SpoolWalk(known)
        for index in segments.indices { try self.walk(&segments[index], path, &walk) }
        segments.removeAll { $0.size == 0 }
        walk.finish()
        noteLoss(walk.lost, tenant)
        let spool = TenantSpool(
            tenant: tenant, directory: path, incarnation: incarnation, start: walk.head, isNew: true)
        spool.isDirectoryUnsynced = true
        spool.gaps = walk.gaps
        spool.acknowledge(to: walk.head)
        (spool.next, spool.durable) = (walk.end, walk.end)
        spool.segments = segments
        spool.stale = Set(numbers).subtracting(segments.map(\.number))
        spool.nextNumber = (numbers.last ?? 0) + 1
        if walk.hasUnpromised { try makeDurable(spool) }
        spools[tenant] = spool
    }

    /// What a killed run had written and not synced is in the page cache only; the next checkpoint promises it.
    private func makeDurable(_ spool: TenantSpool) throws(SpoolError) {
        try attempt { () throws(SystemError) in
            for segment in spool.segments {
                let descriptor = try system.openForAppending(spool.path(segment.number))
                defer { system.close(descriptor) }
                try system.sync(descriptor)
            }
            try syncDirectories(spool)
            spool.noteSynced()
        }
    }

    /// Nil for a file that is no segment of this tenant: torn before its first frame, or damaged.
    private func readHeader(
        _ path: String, _ number: UInt64, _ tenant: String
    ) throws(SpoolError) -> SpoolSegment? {
        let file = try attempt { () throws(SystemError) in try SegmentFile(path, system: system) }
        guard let start = file?.bytes(at: 0, count: SegmentHeader.maxBytes) else { return nil }
        guard let (header, length) = try decode(start, path), header.tenant == tenant else { return nil }
        if let id = header.keyID {
            guard SpoolCrypto.isAvailable else { throw .noCrypto }
            guard keyring.key(id) != nil else { throw .missingKey(id: id, path: path) }
        }
        return SpoolSegment(
            number: number, header: header, headerBytes: Array(start.prefix(length)), size: 0, durableSize: 0,
            start: .zero, end: .zero, durableEnd: .zero)
    }

    private func decode(_ start: [UInt8], _ path: String) throws(SpoolError) -> (SegmentHeader, Int)? {
        do throws(SegmentHeader.Problem) {
            return try SegmentHeader.decode(start)
        } catch {
            if case .version(let version) = error { throw .foreignVersion(version, path: path) }
            return nil
        }
    }

    /// Goes over the frames' headers. The payloads of frames that no checkpoint promised are checked as well: a loss of
    /// power may have left anything there.
    private func walk(_ segment: inout SpoolSegment, _ directory: String, _ walk: inout SpoolWalk) throws(SpoolError) {
        let path = SpoolSegment.path(directory, segment.number)
        guard let file = try attempt({ () throws(SystemError) in try SegmentFile(path, system: system) }) else {
            return
        }
        let scanner = SegmentScanner(file: file, salt: segment.header.salt, end: file.size)
        var offset = Int64(segment.headerBytes.count)
        var isDone = false
        while !isDone {
            switch scanner.step(at: offset) {
            case .end, .damaged(resume: nil): isDone = true
            case .damaged(.some(let resume)): offset = resume
            case .frame(let header):
                let next = scanner.next(header, at: offset)
                let isWhole = header.end <= walk.promised || scanner.payload(header, at: offset) != nil
                if !isWhole {
                    walk.discard(header)
                } else if walk.find(header) {
                    if segment.size == 0 { segment.start = header.start }
                    segment.end = header.end
                    segment.size = next
                }
                offset = next
            }
        }
        segment.durableSize = segment.size
        segment.durableEnd = segment.end
        if segment.size > 0, segment.size < file.size { _ = try? system.truncate(path, to: segment.size) }
    }
}
