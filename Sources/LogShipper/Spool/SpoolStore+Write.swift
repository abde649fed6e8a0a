extension SpoolStore {
    private struct Packed {
        var bytes: [UInt8]
        var plainBytes: Int
        var isCompressed: Bool
    }

    /// Writes a block behind all others of the tenant. The block stays the caller's until it is synced.
    func append(_ block: SpoolBlock, tenant: String) -> SpoolAppend {
        guard block.lineCount > 0 else { return .stored }
        guard spools[tenant] != nil || spools.count < limits.maxTenants else { return .full(.tenants) }
        let packed = pack(block)
        guard packed.bytes.count <= FrameHeader.maxPayloadBytes - SpoolCrypto.tagBytes,
            packed.plainBytes <= FrameHeader.maxPayloadBytes
        else { return .full(.tenant) }
        let spool = spools[tenant] ?? makeSpool(tenant)
        let frameBytes = Int64(
            FrameHeader.size + packed.bytes.count + (keyring.current == nil ? 0 : SpoolCrypto.tagBytes))
        let isNewSegment = !spool.takes(frameBytes, limits.effectiveSegmentBytes)
        let segment = isNewSegment ? makeSegment(spool) : spool.segments[spool.segments.count - 1]
        let needed = frameBytes + (isNewSegment ? Int64(segment.headerBytes.count) : 0)
        guard spool.diskBytes + needed <= limits.tenantMaxBytes else { return .full(.tenant) }
        guard diskBytes + needed <= limits.maxBytes else { return .full(.all) }
        guard let frame = seal(packed, block.amount, spool, segment, isNewSegment ? 0 : spool.nextFrame) else {
            return .failed(SystemError("encrypt", spool.directory, code: 5))
        }
        return write(frame, block.amount, spool, segment, isNewSegment)
    }

    private func makeSpool(_ tenant: String) -> TenantSpool {
        TenantSpool(
            tenant: tenant, directory: "\(directory)/\(SpoolName.escape(tenant))", incarnation: random(), start: .zero,
            isNew: true)
    }

    private func makeSegment(_ spool: TenantSpool) -> SpoolSegment {
        let header = SegmentHeader(
            tenant: spool.tenant, keyID: keyring.current?.id, salt: random(), incarnation: spool.incarnation)
        return SpoolSegment(
            number: spool.nextNumber, header: header, headerBytes: header.encoded(), size: 0, durableSize: 0,
            start: spool.next, end: spool.next, durableEnd: spool.next)
    }

    /// Compressed, where that makes it smaller.
    private func pack(_ block: SpoolBlock) -> Packed {
        let plain = GrowableBytes(capacity: Int(block.amount.bytes) + 4096)
        block.encode(into: plain)
        let compressed = GrowableBytes(capacity: plain.count / 3)
        if codec == nil { codec = try? GzipCodec.make(level: 1) }
        if let codec, (try? codec.compress(plain.bytes, into: compressed)) != nil, compressed.count < plain.count {
            return Packed(bytes: Array(compressed.bytes), plainBytes: plain.count, isCompressed: true)
        }
        return Packed(bytes: Array(plain.bytes), plainBytes: plain.count, isCompressed: false)
    }

    /// The whole frame; nil where the encryption fails.
    private func seal(
        _ packed: Packed, _ amount: SpoolAmount, _ spool: TenantSpool, _ segment: SpoolSegment, _ number: UInt32
    ) -> [UInt8]? {
        var header = FrameHeader(
            storedBytes: packed.bytes.count, plainBytes: packed.plainBytes, start: spool.next, amount: amount,
            number: number, isCompressed: packed.isCompressed)
        var payload = packed.bytes
        if let key = keyring.current {
            header.storedBytes += SpoolCrypto.tagBytes
            let authenticated =
                segment.headerBytes
                + header.encoded(salt: segment.header.salt).prefix(FrameHeader.authenticatedBytes)
            let sealed = payload.withUnsafeBytes { plain in
                SpoolCrypto.seal(
                    plain, key: key, salt: segment.header.salt, number: number, authenticating: authenticated)
            }
            guard let sealed else { return nil }
            payload = sealed
        }
        header.payloadCRC = payload.withUnsafeBytes { SpoolCRC.of($0) }
        return header.encoded(salt: segment.header.salt) + payload
    }

    private func write(
        _ frame: [UInt8], _ amount: SpoolAmount, _ spool: TenantSpool, _ segment: SpoolSegment, _ isNewSegment: Bool
    ) -> SpoolAppend {
        // Whatever comes of it, neither the segment's number nor the frame's is tried again.
        if isNewSegment {
            spool.nextNumber += 1
            spool.nextFrame = 0
            spool.isLastWritable = false
        }
        spool.nextFrame &+= 1
        // Known from here on, because files may remain of it that only a later try can remove.
        spools[spool.tenant] = spool
        do throws(SystemError) {
            if isNewSegment { try makeDirectories(spool) }
            let descriptor = try openForAppending(spool, segment.number)
            try system.write(descriptor, isNewSegment ? segment.headerBytes + frame : frame)
        } catch {
            discard(spool, segment, isNewSegment)
            return .failed(error)
        }
        var written = segment
        written.size += Int64(frame.count + (isNewSegment ? segment.headerBytes.count : 0))
        written.end = spool.next.advanced(by: amount)
        spool.next = written.end
        if isNewSegment { spool.segments.append(written) } else { spool.segments[spool.segments.count - 1] = written }
        spool.isLastWritable = true
        return .stored
    }

    private func openForAppending(_ spool: TenantSpool, _ number: UInt64) throws(SystemError) -> Int32 {
        if let descriptor = spool.unsynced[number] { return descriptor }
        let descriptor = try system.openForAppending(spool.path(number))
        spool.unsynced[number] = descriptor
        return descriptor
    }

    private func makeDirectories(_ spool: TenantSpool) throws(SystemError) {
        if !isRootMade {
            try system.makeDirectory(directory)
            isRootMade = true
            isRootUnsynced = true
        }
        try system.makeDirectory(spool.directory)
        spool.isDirectoryUnsynced = true
    }

    /// A write failed half-way: nothing more goes into that segment, and what it holds ends before.
    private func discard(_ spool: TenantSpool, _ segment: SpoolSegment, _ isNewSegment: Bool) {
        spool.isLastWritable = false
        if isNewSegment {
            if let descriptor = spool.unsynced.removeValue(forKey: segment.number) { system.close(descriptor) }
            removeStale(spool, segment.number)
        } else {
            // What cannot be cut off is skipped by its checksums when it is read after a restart.
            _ = try? system.truncate(spool.path(segment.number), to: segment.size)
        }
    }

    /// Removes a segment without frames; one that cannot be removed is tried again with every checkpoint.
    func removeStale(_ spool: TenantSpool, _ number: UInt64) {
        if (try? system.remove(spool.path(number))) != nil {
            spool.stale.remove(number)
        } else {
            spool.stale.insert(number)
        }
        spool.isDirectoryUnsynced = true
    }

    /// Makes everything durable that was appended, one fsync for each segment that was written to.
    ///
    /// - Returns: the tenants for which that failed. What they appended since the last sync is not in the spool and never
    ///   will be: it is the caller's again.
    func sync() -> [String: SystemError] {
        var failures: [String: SystemError] = [:]
        for (tenant, spool) in spools where !spool.unsynced.isEmpty || spool.isDirectoryUnsynced {
            do throws(SystemError) {
                try sync(spool)
                spool.noteSynced()
            } catch {
                failures[tenant] = error
                for cut in spool.abandonUnsynced() {
                    if cut.size == 0 {
                        removeStale(spool, cut.number)
                    } else {
                        _ = try? system.truncate(spool.path(cut.number), to: cut.size)
                    }
                }
            }
            for descriptor in spool.unsynced.values { system.close(descriptor) }
            spool.unsynced = [:]
        }
        return failures
    }

    private func sync(_ spool: TenantSpool) throws(SystemError) {
        for descriptor in spool.unsynced.values { try system.sync(descriptor) }
        try syncDirectories(spool)
    }

    /// From the segment's name up to the spool's own.
    func syncDirectories(_ spool: TenantSpool) throws(SystemError) {
        if spool.isDirectoryUnsynced { try system.syncDirectory(spool.directory) }
        if spool.isNew || isRootUnsynced { try system.syncDirectory(directory) }
        if isRootUnsynced {
            let parent = directory.split(separator: "/").dropLast().joined(separator: "/")
            try system.syncDirectory(directory.hasPrefix("/") ? "/\(parent)" : parent.isEmpty ? "." : parent)
            isRootUnsynced = false
        }
    }
}

extension TenantSpool {
    /// Whether a frame goes into the last segment.
    func takes(_ frameBytes: Int64, _ segmentBytes: Int64) -> Bool {
        guard isLastWritable, nextFrame < .max, let last = segments.last else { return false }
        return last.size + frameBytes <= segmentBytes
    }
}
